package rules.aws.elbv2.load_balancer.desync_mitigation_test

import data.rules.aws.elbv2.load_balancer.desync_mitigation

view(value) := {"config": {"Type": "application", "Attributes": [{"Key": "routing.http.desync_mitigation_mode", "Value": value}]}}

test_fail_off if {
	count(desync_mitigation.findings) == 1 with input as view("monitor")
}

test_pass_on if {
	count(desync_mitigation.findings) == 0 with input as view("defensive")
}

test_missing_attribute if {
	count(desync_mitigation.findings) == 1 with input as {"config": {}}
}
