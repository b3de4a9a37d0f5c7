package rules.aws.elbv2.load_balancer.invalid_headers_test

import data.rules.aws.elbv2.load_balancer.invalid_headers

view(value) := {"config": {"Type": "application", "Attributes": [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": value}]}}

test_fail_off if {
	count(invalid_headers.findings) == 1 with input as view("false")
}

test_pass_on if {
	count(invalid_headers.findings) == 0 with input as view("true")
}

test_missing_attribute if {
	count(invalid_headers.findings) == 1 with input as {"config": {}}
}
