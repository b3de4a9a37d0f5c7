package rules.aws.iam.password_policy.no_expiry_test

import data.rules.aws.iam.password_policy.no_expiry

test_fail_never if {
	count(no_expiry.findings) == 1 with input as {"config": {"PasswordPolicy": {"ExpirePasswords": false}}, "parameters": {"days": 90}}
}

test_fail_late if {
	count(no_expiry.findings) == 1 with input as {"config": {"PasswordPolicy": {"MaxPasswordAge": 365}}, "parameters": {"days": 90}}
}

test_pass_soon if {
	count(no_expiry.findings) == 0 with input as {"config": {"PasswordPolicy": {"MaxPasswordAge": 90}}, "parameters": {"days": 90}}
}

test_missing_policy if {
	count(no_expiry.findings) == 1 with input as {"config": {}, "parameters": {"days": 90}}
}
