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

to_https := [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}]

with_rule(actions) := {"config": {"Type": "application", "Listeners": [{
	"ListenerArn": "arn:l",
	"Protocol": "HTTP",
	"Port": 80,
	"DefaultActions": to_https,
	"Rules": [{"RuleArn": "arn:default", "Actions": to_https, "IsDefault": true}, {"RuleArn": "arn:r", "Actions": actions, "IsDefault": false}],
}]}}

test_fail_a_rule_forwards_though_the_default_redirects if {
	findings := plain_http.findings with input as with_rule([{"Type": "forward"}])
	{[finding.subject, finding.evidence] | some finding in findings} == {["HTTP/80", ["arn:r"]]}
}

test_pass_every_rule_redirects if {
	count(plain_http.findings) == 0 with input as with_rule(to_https)
}

test_pass_https if {
	count(plain_http.findings) == 0 with input as view("HTTPS", [{"Type": "forward"}])
}

test_missing_listeners if {
	count(plain_http.findings) == 0 with input as {"config": {"Type": "application"}}
}
