package rules.aws.cloudtrail.trail.no_log_file_validation_test

import data.rules.aws.cloudtrail.trail.no_log_file_validation

test_fail_off if {
	count(no_log_file_validation.findings) == 1 with input as {"config": {"LogFileValidationEnabled": false}}
}

test_pass_on if {
	count(no_log_file_validation.findings) == 0 with input as {"config": {"LogFileValidationEnabled": true}}
}

test_missing_flag if {
	count(no_log_file_validation.findings) == 1 with input as {"config": {}}
}
