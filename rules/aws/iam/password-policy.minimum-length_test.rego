package rules.aws.iam.password_policy.minimum_length_test

import data.rules.aws.iam.password_policy.minimum_length

test_fail_short if {
	count(minimum_length.findings) == 1 with input as {"config": {"PasswordPolicy": {"MinimumPasswordLength": 8}}, "parameters": {"length": 14}}
}

test_pass_long if {
	count(minimum_length.findings) == 0 with input as {"config": {"PasswordPolicy": {"MinimumPasswordLength": 14}}, "parameters": {"length": 14}}
}

test_missing_policy if {
	count(minimum_length.findings) == 1 with input as {"config": {}, "parameters": {"length": 14}}
}
