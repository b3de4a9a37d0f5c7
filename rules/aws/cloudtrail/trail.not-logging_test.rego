package rules.aws.cloudtrail.trail.not_logging_test

import data.rules.aws.cloudtrail.trail.not_logging

test_fail_off if {
	count(not_logging.findings) == 1 with input as {"config": {"Status": {"IsLogging": false}}}
}

test_pass_on if {
	count(not_logging.findings) == 0 with input as {"config": {"Status": {"IsLogging": true}}}
}

test_missing_status if {
	count(not_logging.unknown) == 1 with input as {"config": {}}
}
