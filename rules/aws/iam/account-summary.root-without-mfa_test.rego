package rules.aws.iam.account_summary.root_without_mfa_test

import data.rules.aws.iam.account_summary.root_without_mfa

test_fail_none if {
	count(root_without_mfa.findings) == 1 with input as {"config": {"SummaryMap": {"AccountMFAEnabled": 0}}}
}

summary(password, keys) := {"config": {"SummaryMap": {
	"AccountMFAEnabled": 0,
	"AccountPasswordPresent": password,
	"AccountAccessKeysPresent": keys,
}}}

test_pass_credentials_removed if {
	count(root_without_mfa.not_applicable) == 1 with input as summary(0, 0)
}

test_fail_password_removed_but_keys_left if {
	count(root_without_mfa.not_applicable) == 0 with input as summary(0, 1)
	count(root_without_mfa.findings) == 1 with input as summary(0, 1)
}

test_fail_password_present if {
	count(root_without_mfa.not_applicable) == 0 with input as summary(1, 0)
}

test_pass_enabled if {
	count(root_without_mfa.findings) == 0 with input as {"config": {"SummaryMap": {"AccountMFAEnabled": 1}}}
}

test_missing_summary if {
	count(root_without_mfa.unknown) == 1 with input as {"config": {}}
}
