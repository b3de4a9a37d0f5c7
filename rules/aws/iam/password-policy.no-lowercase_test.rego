package rules.aws.iam.password_policy.no_lowercase_test

import data.rules.aws.iam.password_policy.no_lowercase

test_fail_off if {
	count(no_lowercase.findings) == 1 with input as {"config": {"PasswordPolicy": {"RequireLowercaseCharacters": false}}}
}

test_pass_on if {
	count(no_lowercase.findings) == 0 with input as {"config": {"PasswordPolicy": {"RequireLowercaseCharacters": true}}}
}

test_missing_policy if {
	count(no_lowercase.findings) == 1 with input as {"config": {}}
}
