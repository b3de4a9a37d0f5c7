package rules.aws.iam.password_policy.no_uppercase_test

import data.rules.aws.iam.password_policy.no_uppercase

test_fail_off if {
	count(no_uppercase.findings) == 1 with input as {"config": {"PasswordPolicy": {"RequireUppercaseCharacters": false}}}
}

test_pass_on if {
	count(no_uppercase.findings) == 0 with input as {"config": {"PasswordPolicy": {"RequireUppercaseCharacters": true}}}
}

test_missing_policy if {
	count(no_uppercase.findings) == 1 with input as {"config": {}}
}
