package rules.aws.iam.user.access_key_age_test

import data.rules.aws.iam.user.access_key_age

view(status, created) := {
	"config": {"AccessKeys": [{"AccessKeyId": "AKIA1", "Status": status, "CreateDate": created}]},
	"parameters": {"days": 90},
	"now_ns": 1790000000000000000,
}

test_fail_old if {
	findings := access_key_age.findings with input as view("Active", "2026-01-01T00:00:00Z")
	{finding.message | some finding in findings} == {"the active access key is 263 days old"}
}

test_pass_young if {
	count(access_key_age.findings) == 0 with input as view("Active", "2026-09-01T00:00:00Z")
}

test_pass_inactive if {
	count(access_key_age.findings) == 0 with input as view("Inactive", "2020-01-01T00:00:00Z")
}

test_missing_keys if {
	count(access_key_age.findings) == 0 with input as {"config": {}, "parameters": {"days": 90}, "now_ns": 1790000000000000000}
}
