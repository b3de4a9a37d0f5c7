package rules.aws.iam.password_policy.no_number_test

import data.rules.aws.iam.password_policy.no_number

test_fail_off if {
	count(no_number.findings) == 1 with input as {"config": {"PasswordPolicy": {"RequireNumbers": false}}}
}

test_pass_on if {
	count(no_number.findings) == 0 with input as {"config": {"PasswordPolicy": {"RequireNumbers": true}}}
}

test_missing_policy if {
	count(no_number.findings) == 1 with input as {"config": {}}
}
