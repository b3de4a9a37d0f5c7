package rules.aws.ec2.instance.open_to_internet_test

import data.rules.aws.ec2.instance.open_to_internet

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

view(config, links) := {"config": config, "links": links, "parameters": {"ports": {"ssh": [22]}}}

test_fail_public if {
	findings := open_to_internet.findings with input as view({"PublicIpAddress": "3.1.2.3"}, group(true, 22))
	{finding.score | some finding in findings} == {9}
}

test_fail_public_on_second_interface if {
	config := {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}, {"Association": {"PublicIp": "3.1.2.3"}}]}
	findings := open_to_internet.findings with input as view(config, group(true, 22))
	{finding.score | some finding in findings} == {9}
}

test_fail_public_by_ipv6 if {
	config := {"NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "2a05:d018::1"}]}]}
	findings := open_to_internet.findings with input as view(config, group(true, 22))
	{finding.score | some finding in findings} == {9}
}

test_fail_private_counts_less if {
	findings := open_to_internet.findings with input as view({"PrivateIpAddress": "10.0.0.1"}, group(true, 22))
	{finding.score | some finding in findings} == {4}
}

test_pass_own_network if {
	count(open_to_internet.findings) == 0 with input as view({"PublicIpAddress": "3.1.2.3"}, group(false, 22))
}

test_pass_other_port if {
	count(open_to_internet.findings) == 0 with input as view({"PublicIpAddress": "3.1.2.3"}, group(true, 443))
}

test_missing_groups if {
	count(open_to_internet.findings) == 0 with input as view({}, {})
}
