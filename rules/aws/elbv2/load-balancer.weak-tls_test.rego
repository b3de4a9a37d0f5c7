package rules.aws.elbv2.load_balancer.weak_tls_test

import data.rules.aws.elbv2.load_balancer.weak_tls

view(name) := {
	"config": {"Listeners": [{"ListenerArn": "arn:l", "Protocol": "HTTPS", "Port": 443, "SslPolicy": name}]},
	"parameters": {"policies": ["ELBSecurityPolicy-2016-08"]},
}

test_fail_old if {
	count(weak_tls.findings) == 1 with input as view("ELBSecurityPolicy-2016-08")
}

test_pass_new if {
	count(weak_tls.findings) == 0 with input as view("ELBSecurityPolicy-TLS13-1-2-2021-06")
}

test_missing_listeners if {
	count(weak_tls.findings) == 0 with input as {"config": {}, "parameters": {"policies": []}}
}
