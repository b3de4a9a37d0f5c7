package rules.aws.ec2.instance.open_to_internet_test

import data.rules.aws.ec2.instance.open_to_internet

permission(internet, port) := permission_from("0.0.0.0/0", internet, port)

permission_from(cidr, internet, port) := {
	"protocol": "tcp",
	"from_port": port,
	"to_port": port,
	"all_ports": false,
	"cidr": cidr,
	"internet": internet,
	"path": "IpPermissions[0].IpRanges[0]",
}

group(internet, port) := {"aws.ec2.security-group": [{"id": "sg-1", "derived": {"ingress": [permission(internet, port)]}}]}

ipv6_group := {"aws.ec2.security-group": [{"id": "sg-1", "derived": {"ingress": [permission_from("::/0", true, 22)]}}]}

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

ipv6_only := {"NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "2a05:d018::1"}]}]}

dual_stack := {"PrivateIpAddress": "10.0.0.1", "NetworkInterfaces": [{"PrivateIpAddress": "10.0.0.1", "Ipv6Addresses": [{"Ipv6Address": "2a05:d018::1"}]}]}

test_fail_public_by_ipv6 if {
	findings := open_to_internet.findings with input as view(ipv6_only, ipv6_group)
	{finding.score | some finding in findings} == {9}
}

# The private IPv4 address beside the public IPv6 address.
test_fail_dual_stack_counts_by_family if {
	by_ipv6 := open_to_internet.findings with input as view(dual_stack, ipv6_group)
	{finding.score | some finding in by_ipv6} == {9}
	by_ipv4 := open_to_internet.findings with input as view(dual_stack, group(true, 22))
	{finding.score | some finding in by_ipv4} == {4}
}

test_pass_ipv6_opening_of_an_ipv4_instance if {
	config := {"PublicIpAddress": "3.1.2.3", "PrivateIpAddress": "10.0.0.1"}
	count(open_to_internet.findings) == 0 with input as view(config, ipv6_group)
}

test_pass_ipv4_opening_of_an_ipv6_instance if {
	count(open_to_internet.findings) == 0 with input as view(ipv6_only, group(true, 22))
}

# No address is known: no reason to think that it has none.
test_fail_unknown_addresses if {
	findings := open_to_internet.findings with input as view({}, ipv6_group)
	{finding.score | some finding in findings} == {4}
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
