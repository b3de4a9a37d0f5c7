package rules.aws.ec2.security_group.service_port_open_test

import data.rules.aws.ec2.security_group.service_port_open

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

view(permissions) := {"derived": {"ingress": permissions}, "parameters": {"ports": {"MySQL": [3306], "FTP": [20, 21]}}}

test_fail_database if {
	findings := service_port_open.findings with input as view([permission("0.0.0.0/0", true, "tcp", 3306, 3306)])
	{finding.message | some finding in findings} == {"port 3306 (MySQL) is open to 0.0.0.0/0"}
}

test_fail_range if {
	findings := service_port_open.findings with input as view([permission("::/0", true, "tcp", 1, 1024)])
	{finding.subject | some finding in findings} == {"::/0 tcp/20", "::/0 tcp/21"}
}

test_pass_web if {
	count(service_port_open.findings) == 0 with input as view([permission("0.0.0.0/0", true, "tcp", 443, 443)])
}

test_pass_udp if {
	count(service_port_open.findings) == 0 with input as view([permission("0.0.0.0/0", true, "udp", 3306, 3306)])
}

test_pass_all_ports_are_told_elsewhere if {
	count(service_port_open.findings) == 0 with input as view([permission("::/0", true, "tcp", 0, 65535)])
}

test_missing_permissions if {
	count(service_port_open.findings) == 0 with input as view([])
}
