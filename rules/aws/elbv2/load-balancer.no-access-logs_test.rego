package rules.aws.elbv2.load_balancer.no_access_logs_test

import data.rules.aws.elbv2.load_balancer.no_access_logs

view(value) := {"config": {"Type": "network", "Attributes": [{"Key": "access_logs.s3.enabled", "Value": value}]}}

test_fail_off if {
	count(no_access_logs.findings) == 1 with input as view("false")
}

test_pass_on if {
	count(no_access_logs.findings) == 0 with input as view("true")
}

test_missing_attribute if {
	count(no_access_logs.findings) == 1 with input as {"config": {}}
}
