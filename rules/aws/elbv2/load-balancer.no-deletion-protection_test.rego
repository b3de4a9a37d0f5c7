package rules.aws.elbv2.load_balancer.no_deletion_protection_test

import data.rules.aws.elbv2.load_balancer.no_deletion_protection

view(value) := {"config": {"Type": "network", "Attributes": [{"Key": "deletion_protection.enabled", "Value": value}]}}

test_fail_off if {
	count(no_deletion_protection.findings) == 1 with input as view("false")
}

test_pass_on if {
	count(no_deletion_protection.findings) == 0 with input as view("true")
}

test_missing_attribute if {
	count(no_deletion_protection.findings) == 1 with input as {"config": {}}
}
