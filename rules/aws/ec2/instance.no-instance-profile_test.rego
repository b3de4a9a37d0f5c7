package rules.aws.ec2.instance.no_instance_profile_test

import data.rules.aws.ec2.instance.no_instance_profile

test_fail_none if {
	count(no_instance_profile.findings) == 1 with input as {"config": {"State": {"Name": "running"}}}
}

test_pass_profile if {
	count(no_instance_profile.findings) == 0 with input as {"config": {"IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/a"}}}
}

test_missing_state if {
	count(no_instance_profile.not_applicable) == 0 with input as {"config": {}}
}
