package rules.aws.s3.bucket.no_object_lock_test

import data.rules.aws.s3.bucket.no_object_lock

test_fail_none if {
	count(no_object_lock.findings) == 1 with input as {"config": {"Name": "b"}}
}

test_pass_enabled if {
	count(no_object_lock.findings) == 0 with input as {"config": {"ObjectLock": {"ObjectLockEnabled": "Enabled"}}}
}

test_missing_lock if {
	count(no_object_lock.findings) == 1 with input as {"config": {}}
}
