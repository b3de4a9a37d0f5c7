package rules.aws.s3.bucket.acl_enabled_test

import data.rules.aws.s3.bucket.acl_enabled

test_fail_preferred if {
	count(acl_enabled.findings) == 1 with input as {"config": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}}}
}

test_pass_enforced if {
	count(acl_enabled.findings) == 0 with input as {"config": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}}
}

test_missing_controls if {
	count(acl_enabled.findings) == 1 with input as {"config": {}}
}
