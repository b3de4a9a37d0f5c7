package rules.aws.s3.bucket.insecure_transport_test

import data.rules.aws.s3.bucket.insecure_transport

view(effect, actions, key) := {"derived": {"policies": [{"member": "Policy", "statements": [{
	"effect": effect,
	"principals": [{"value": "*"}],
	"actions": actions,
	"resources": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
	"conditions": [{"key": key, "operator": "Bool", "values": ["false"]}],
}]}]}}

test_pass_denied if {
	count(insecure_transport.findings) == 0 with input as view("Deny", ["s3:*"], "aws:securetransport")
}

test_fail_other_condition if {
	count(insecure_transport.findings) == 1 with input as view("Deny", ["s3:*"], "aws:multifactorauthpresent")
}

test_fail_some_actions if {
	count(insecure_transport.findings) == 1 with input as view("Deny", ["s3:getobject"], "aws:securetransport")
}

test_missing_policy if {
	count(insecure_transport.findings) == 1 with input as {"derived": {"policies": []}}
}
