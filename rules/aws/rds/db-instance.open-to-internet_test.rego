package rules.aws.rds.db_instance.open_to_internet_test

import data.rules.aws.rds.db_instance.open_to_internet

permission(internet, port) := {
	"protocol": "tcp",
	"from_port": port,
	"to_port": port,
	"all_ports": false,
	"cidr": "0.0.0.0/0",
	"internet": internet,
	"path": "IpPermissions[0].IpRanges[0]",
}

group(internet, port) := {"aws.ec2.security-group": [{"id": "sg-1", "derived": {"ingress": [permission(internet, port)]}}]}

view(public, links) := {"config": {"PubliclyAccessible": public, "Endpoint": {"Port": 3306}}, "links": links}

test_fail_open if {
	count(open_to_internet.findings) == 1 with input as view(true, group(true, 3306))
}

test_pass_private if {
	count(open_to_internet.findings) == 0 with input as view(false, group(true, 3306))
}

test_pass_other_port if {
	count(open_to_internet.findings) == 0 with input as view(true, group(true, 22))
}

test_pass_closed if {
	count(open_to_internet.findings) == 0 with input as view(true, group(false, 3306))
}

test_missing_groups if {
	count(open_to_internet.findings) == 0 with input as view(true, {})
}

test_missing_port_or_flag_is_no_pass if {
	count(open_to_internet.unknown) == 1 with input as {"config": {"PubliclyAccessible": true}, "links": group(true, 3306)}
	count(open_to_internet.unknown) == 1 with input as {"config": {"Endpoint": {"Port": 3306}}, "links": group(true, 3306)}
	count(open_to_internet.unknown) == 0 with input as {"config": {"PubliclyAccessible": false}, "links": group(true, 3306)}
	count(open_to_internet.unknown) == 0 with input as view(true, group(true, 3306))
}
