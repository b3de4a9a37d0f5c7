package rules.aws.iam.account_summary.root_without_mfa_test

import data.rules.aws.iam.account_summary.root_without_mfa

test_fail_none if {
	count(root_without_mfa.findings) == 1 with input as {"config": {"SummaryMap": {"AccountMFAEnabled": 0}}}
}

test_pass_enabled if {
	count(root_without_mfa.findings) == 0 with input as {"config": {"SummaryMap": {"AccountMFAEnabled": 1}}}
}

test_missing_summary if {
	count(root_without_mfa.unknown) == 1 with input as {"config": {}}
}
