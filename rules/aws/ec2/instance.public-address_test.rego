package rules.aws.ec2.instance.public_address_test

import data.rules.aws.ec2.instance.public_address

test_fail_public if {
	count(public_address.findings) == 1 with input as {"config": {"State": {"Name": "running"}, "PublicIpAddress": "3.1.2.3"}}
}

subjects(interface) := {finding.subject |
	some finding in public_address.findings with input as {"config": {
		"PublicIpAddress": "3.1.2.3",
		"NetworkInterfaces": [
			{"NetworkInterfaceId": "eni-1", "Association": {"PublicIp": "3.1.2.3"}},
			object.union({"NetworkInterfaceId": "eni-2"}, interface),
		],
	}}
}

test_fail_second_interface if {
	subjects({"Association": {"PublicIp": "3.9.9.9"}}) == {"PublicIpAddress", "eni-2"}
}

test_fail_second_address_of_an_interface if {
	subjects({"PrivateIpAddresses": [{}, {"Association": {"PublicIp": "3.9.9.9"}}]}) == {"PublicIpAddress", "eni-2"}
}

test_fail_ipv6 if {
	subjects({"Ipv6Addresses": [{"Ipv6Address": "2a05:d018::1"}]}) == {"PublicIpAddress", "eni-2"}
}

test_fail_ipv6_alone if {
	findings := public_address.findings with input as {"config": {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "Ipv6Addresses": [{"Ipv6Address": "2a05:d018::1"}]}]}}
	{finding.subject | some finding in findings} == {"eni-1"}
}

test_pass_unique_local_ipv6 if {
	subjects({"Ipv6Addresses": [{"Ipv6Address": "fd00:ec2::1"}]}) == {"PublicIpAddress"}
}

test_pass_private if {
	count(public_address.findings) == 0 with input as {"config": {"State": {"Name": "running"}, "PrivateIpAddress": "10.0.0.1"}}
}

test_pass_terminated if {
	count(public_address.not_applicable) == 1 with input as {"config": {"State": {"Name": "terminated"}}}
}

test_missing_state if {
	count(public_address.findings) == 0 with input as {"config": {}}
}
