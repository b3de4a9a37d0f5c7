package rules.aws.iam.account_summary.root_access_key_test

import data.rules.aws.iam.account_summary.root_access_key

test_fail_present if {
	count(root_access_key.findings) == 1 with input as {"config": {"SummaryMap": {"AccountAccessKeysPresent": 1}}}
}

test_pass_absent if {
	count(root_access_key.findings) == 0 with input as {"config": {"SummaryMap": {"AccountAccessKeysPresent": 0}}}
}

test_missing_summary if {
	count(root_access_key.unknown) == 1 with input as {"config": {}}
}
