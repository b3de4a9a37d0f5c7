package rules.aws.s3.bucket.no_mfa_delete_test

import data.rules.aws.s3.bucket.no_mfa_delete

test_fail_disabled if {
	count(no_mfa_delete.findings) == 1 with input as {"config": {"Versioning": {"Status": "Enabled", "MFADelete": "Disabled"}}}
}

test_pass_enabled if {
	count(no_mfa_delete.findings) == 0 with input as {"config": {"Versioning": {"Status": "Enabled", "MFADelete": "Enabled"}}}
}

test_missing_versioning if {
	count(no_mfa_delete.findings) == 1 with input as {"config": {}}
}
