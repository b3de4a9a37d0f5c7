package rules.aws.iam.password_policy.no_symbol_test

import data.rules.aws.iam.password_policy.no_symbol

test_fail_off if {
	count(no_symbol.findings) == 1 with input as {"config": {"PasswordPolicy": {"RequireSymbols": false}}}
}

test_pass_on if {
	count(no_symbol.findings) == 0 with input as {"config": {"PasswordPolicy": {"RequireSymbols": true}}}
}

test_missing_policy if {
	count(no_symbol.findings) == 1 with input as {"config": {}}
}
