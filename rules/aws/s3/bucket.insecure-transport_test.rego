package rules.aws.s3.bucket.insecure_transport_test

import data.rules.aws.s3.bucket.insecure_transport

statement(resources, operator, value) := {
	"effect": "Deny",
	"principals": [{"value": "*"}],
	"actions": ["s3:*"],
	"resources": resources,
	"conditions": [{"key": "aws:securetransport", "operator": operator, "values": [value]}],
}

both := ["arn:aws:s3:::a.b", "arn:aws:s3:::a.b/*"]

view(statements) := {"config": {"Name": "a.b"}, "derived": {"policies": [{"member": "Policy", "statements": statements}]}}

changed(change) := view([object.union(statement(both, "Bool", "false"), change)])

test_pass_denied if {
	count(insecure_transport.findings) == 0 with input as view([statement(both, "Bool", "false")])
}

test_pass_denied_everywhere if {
	count(insecure_transport.findings) == 0 with input as view([statement(["*"], "BoolIfExists", "False")])
}

test_pass_denied_by_one_pattern if {
	count(insecure_transport.findings) == 0 with input as view([statement(["arn:aws-cn:s3:::a.b*"], "StringEquals", "false")])
}

test_pass_denied_by_two_statements if {
	statements := [statement(["arn:aws:s3:::a.b"], "Bool", "false"), statement(["arn:aws:s3:::a.b/*"], "StringNotEquals", "true")]
	count(insecure_transport.findings) == 0 with input as view(statements)
}

test_fail_only_below_a_prefix if {
	count(insecure_transport.findings) == 1 with input as view([statement(["arn:aws:s3:::a.b", "arn:aws:s3:::a.b/private/*"], "Bool", "false")])
}

test_fail_only_objects if {
	count(insecure_transport.findings) == 1 with input as view([statement(["arn:aws:s3:::a.b/*"], "Bool", "false")])
}

test_fail_only_the_bucket if {
	count(insecure_transport.findings) == 1 with input as view([statement(["arn:aws:s3:::a.b"], "Bool", "false")])
}

test_fail_another_bucket if {
	count(insecure_transport.findings) == 1 with input as view([statement(["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Bool", "false")])
}

test_fail_requests_over_tls_denied if {
	count(insecure_transport.findings) == 1 with input as view([statement(both, "StringNotEquals", "false")])
}

test_fail_requests_that_tell_denied if {
	count(insecure_transport.findings) == 1 with input as view([statement(both, "Null", "false")])
}

test_fail_other_condition if {
	count(insecure_transport.findings) == 1 with input as changed({"conditions": [{"key": "aws:multifactorauthpresent", "operator": "Bool", "values": ["false"]}]})
}

test_fail_further_condition if {
	plain := statement(both, "Bool", "false").conditions
	further := array.concat(plain, [{"key": "aws:sourceip", "operator": "IpAddress", "values": ["192.0.2.0/24"]}])
	count(insecure_transport.findings) == 1 with input as changed({"conditions": further})
}

test_fail_some_actions if {
	count(insecure_transport.findings) == 1 with input as changed({"actions": ["s3:getobject"]})
}

test_fail_allowed if {
	count(insecure_transport.findings) == 1 with input as changed({"effect": "Allow"})
}

test_missing_policy if {
	count(insecure_transport.findings) == 1 with input as {"config": {"Name": "a.b"}, "derived": {"policies": []}}
}
