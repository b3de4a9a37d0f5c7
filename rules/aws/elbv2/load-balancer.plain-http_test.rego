package rules.aws.elbv2.load_balancer.plain_http_test

import data.rules.aws.elbv2.load_balancer.plain_http

view(protocol, actions) := {"config": {"Type": "application", "Listeners": [{
	"ListenerArn": "arn:l",
	"Protocol": protocol,
	"Port": 80,
	"DefaultActions": actions,
}]}}

test_fail_forward if {
	count(plain_http.findings) == 1 with input as view("HTTP", [{"Type": "forward"}])
}

test_pass_redirect if {
	count(plain_http.findings) == 0 with input as view("HTTP", [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}])
}

test_pass_https if {
	count(plain_http.findings) == 0 with input as view("HTTPS", [{"Type": "forward"}])
}

test_missing_listeners if {
	count(plain_http.findings) == 0 with input as {"config": {"Type": "application"}}
}
