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

test_fail_newer_than_the_rule if {
	count(weak_tls.findings) == 1 with input as view("ELBSecurityPolicy-TLS13-1-1-PQ-2027-01")
	count(weak_tls.unknown) == 0 with input as view("ELBSecurityPolicy-TLS13-1-1-PQ-2027-01")
}

test_pass_names_that_say_so if {
	every name in [
		"ELBSecurityPolicy-TLS-1-2-2017-01",
		"ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
		"ELBSecurityPolicy-FS-1-2-Res-2020-10",
		"ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
		"ELBSecurityPolicy-TLS13-1-3-2021-06",
	] {
		count(weak_tls.findings) == 0 with input as view(name)
		count(weak_tls.unknown) == 0 with input as view(name)
	}
}

test_unknown_name_that_says_nothing if {
	count(weak_tls.findings) == 0 with input as view("ELBSecurityPolicy-Next-2028-01")
	count(weak_tls.unknown) == 1 with input as view("ELBSecurityPolicy-Next-2028-01")
}

test_missing_policy if {
	count(weak_tls.unknown) == 1 with input as {
		"config": {"Listeners": [{"ListenerArn": "arn:l", "Protocol": "TLS", "Port": 443}]},
		"parameters": {"policies": []},
	}
}
