package rules.aws.iam.password_policy.reuse_test

import data.rules.aws.iam.password_policy.reuse

test_fail_few if {
	count(reuse.findings) == 1 with input as {"config": {"PasswordPolicy": {"PasswordReusePrevention": 5}}, "parameters": {"passwords": 24}}
}

test_pass_many if {
	count(reuse.findings) == 0 with input as {"config": {"PasswordPolicy": {"PasswordReusePrevention": 24}}, "parameters": {"passwords": 24}}
}

test_missing_policy if {
	count(reuse.findings) == 1 with input as {"config": {}, "parameters": {"passwords": 24}}
}
