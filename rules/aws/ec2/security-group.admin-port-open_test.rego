package rules.aws.ec2.security_group.admin_port_open_test

import data.rules.aws.ec2.security_group.admin_port_open

permission(cidr, internet, from, to) := {
	"protocol": "tcp",
	"from_port": from,
	"to_port": to,
	"all_ports": false,
	"cidr": cidr,
	"internet": internet,
	"path": "IpPermissions[0].IpRanges[0]",
}

view(permissions) := {"derived": {"ingress": permissions}, "parameters": {"ports": [22, 3389]}}

test_fail_open_to_all if {
	findings := admin_port_open.findings with input as view([permission("0.0.0.0/0", true, 22, 22)])
	findings == {{
		"subject": "0.0.0.0/0 tcp/22",
		"message": "port 22 is open to 0.0.0.0/0",
		"evidence": "IpPermissions[0].IpRanges[0]",
	}}
}

test_fail_inside_a_range if {
	findings := admin_port_open.findings with input as view([permission("::/0", true, 20, 4000)])
	{finding.subject | some finding in findings} == {"::/0 tcp/22", "::/0 tcp/3389"}
}

test_pass_own_network if {
	count(admin_port_open.findings) == 0 with input as view([permission("10.0.0.0/8", false, 22, 22)])
}

test_pass_other_port if {
	count(admin_port_open.findings) == 0 with input as view([permission("0.0.0.0/0", true, 443, 443)])
}

test_pass_all_ports_are_told_elsewhere if {
	everything := object.union(permission("::/0", true, 0, 65535), {"all_ports": true})
	count(admin_port_open.findings) == 0 with input as view([everything])
}

test_missing_permissions if {
	count(admin_port_open.findings) == 0 with input as view([])
}

test_fail_in_a_prefix_list if {
	listed := object.union(permission("0.0.0.0/0", true, 22, 22), {"peer": "pl-1", "peer_kind": "prefix-list", "path": "IpPermissions[0].PrefixListIds[0]"})
	findings := admin_port_open.findings with input as view([listed])
	findings == {{
		"subject": "0.0.0.0/0 tcp/22",
		"message": "port 22 is open to 0.0.0.0/0 (in the prefix list pl-1)",
		"evidence": "IpPermissions[0].PrefixListIds[0]",
	}}
}
