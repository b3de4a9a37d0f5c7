package rules.aws.s3.bucket.no_access_logging_test

import data.rules.aws.s3.bucket.no_access_logging

test_fail_off if {
	count(no_access_logging.findings) == 1 with input as {"config": {"Name": "b"}}
}

test_pass_on if {
	count(no_access_logging.findings) == 0 with input as {"config": {"Logging": {"TargetBucket": "logs", "TargetPrefix": ""}}}
}

test_missing_logging if {
	count(no_access_logging.findings) == 1 with input as {"config": {}}
}
