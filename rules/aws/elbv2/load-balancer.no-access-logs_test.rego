package rules.aws.elbv2.load_balancer.no_access_logs_test

import data.rules.aws.elbv2.load_balancer.no_access_logs

view(value) := {"config": {"Type": "network", "Listeners": [{"Protocol": "TLS", "Port": 443}], "Attributes": [{"Key": "access_logs.s3.enabled", "Value": value}]}}

test_fail_off if {
	count(no_access_logs.findings) == 1 with input as view("false")
}

test_pass_on if {
	count(no_access_logs.findings) == 0 with input as view("true")
}

test_pass_kinds_without_access_logs if {
	count(no_access_logs.not_applicable) == 1 with input as {"config": {"Type": "gateway"}}
	count(no_access_logs.not_applicable) == 1 with input as {"config": {"Type": "network", "Listeners": [{"Protocol": "UDP", "Port": 53}]}}
}

test_fail_kinds_with_access_logs if {
	count(no_access_logs.not_applicable) == 0 with input as view("false")
	count(no_access_logs.not_applicable) == 0 with input as {"config": {"Type": "application", "Listeners": []}}
}

test_missing_attribute if {
	count(no_access_logs.findings) == 1 with input as {"config": {}}
}
