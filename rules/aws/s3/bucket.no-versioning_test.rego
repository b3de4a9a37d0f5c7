package rules.aws.s3.bucket.no_versioning_test

import data.rules.aws.s3.bucket.no_versioning

test_fail_suspended if {
	count(no_versioning.findings) == 1 with input as {"config": {"Versioning": {"Status": "Suspended"}}}
}

test_fail_never if {
	count(no_versioning.findings) == 1 with input as {"config": {"Versioning": {}}}
}

test_pass_enabled if {
	count(no_versioning.findings) == 0 with input as {"config": {"Versioning": {"Status": "Enabled"}}}
}

test_missing_versioning if {
	count(no_versioning.findings) == 1 with input as {"config": {}}
}
