package rules.aws.ec2.instance.public_address_test

import data.rules.aws.ec2.instance.public_address

test_fail_public if {
	count(public_address.findings) == 1 with input as {"config": {"State": {"Name": "running"}, "PublicIpAddress": "3.1.2.3"}}
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
