package rules.aws.ec2.security_group.wide_public_range_test

import data.rules.aws.ec2.security_group.wide_public_range

permission(cidr, class, prefix_length) := {
	"protocol": "tcp",
	"from_port": 443,
	"to_port": 443,
	"all_ports": false,
	"cidr": cidr,
	"class": class,
	"trusted": false,
	"prefix_length": prefix_length,
	"path": "IpPermissions[0].IpRanges[0]",
}

view(permissions) := {"derived": {"ingress": permissions}, "parameters": {"longest_prefix": 23}}

test_fail_large if {
	findings := wide_public_range.findings with input as view([permission("82.0.0.0/12", "public", 12)])
	{finding.subject | some finding in findings} == {"82.0.0.0/12 tcp/443"}
}

test_pass_small if {
	count(wide_public_range.findings) == 0 with input as view([permission("82.1.2.0/24", "public", 24)])
}

test_pass_private if {
	count(wide_public_range.findings) == 0 with input as view([permission("10.0.0.0/8", "private", 8)])
}

test_pass_trusted if {
	trusted := object.union(permission("82.0.0.0/12", "public", 12), {"trusted": true})
	count(wide_public_range.findings) == 0 with input as view([trusted])
}

test_missing_permissions if {
	count(wide_public_range.findings) == 0 with input as view([])
}
