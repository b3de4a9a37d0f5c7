package rules.aws.cloudtrail.trail.no_cloudwatch_logs_test

import data.rules.aws.cloudtrail.trail.no_cloudwatch_logs

test_fail_none if {
	count(no_cloudwatch_logs.findings) == 1 with input as {"config": {"Name": "t"}}
}

test_pass_group if {
	count(no_cloudwatch_logs.findings) == 0 with input as {"config": {"CloudWatchLogsLogGroupArn": "arn:g"}}
}

test_missing_everything if {
	count(no_cloudwatch_logs.findings) == 1 with input as {"config": {}}
}
