package rules.aws.ec2.security_group.all_ports_open_test

import data.rules.aws.ec2.security_group.all_ports_open

permission(cidr, internet, protocol, from, to) := {
	"protocol": protocol,
	"from_port": from,
	"to_port": to,
	"all_ports": from + to == 65535,
	"cidr": cidr,
	"peer": cidr,
	"peer_kind": "cidr",
	"class": "internet",
	"internet": internet,
	"prefix_length": 0,
	"path": "IpPermissions[0].IpRanges[0]",
}

view(permissions) := {"derived": {"ingress": permissions}}

test_fail_all_protocols if {
	findings := all_ports_open.findings with input as view([permission("0.0.0.0/0", true, "all", 0, 65535)])
	{finding.subject | some finding in findings} == {"0.0.0.0/0 all"}
}

test_fail_all_tcp if {
	findings := all_ports_open.findings with input as view([permission("::/0", true, "tcp", 0, 65535)])
	{finding.subject | some finding in findings} == {"::/0 tcp/all"}
}

test_pass_one_port if {
	count(all_ports_open.findings) == 0 with input as view([permission("0.0.0.0/0", true, "tcp", 443, 443)])
}

test_pass_own_network if {
	count(all_ports_open.findings) == 0 with input as view([permission("10.0.0.0/8", false, "all", 0, 65535)])
}

test_missing_permissions if {
	count(all_ports_open.findings) == 0 with input as view([])
}
