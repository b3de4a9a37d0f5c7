package rules.aws.kms.key.public_test

import data.rules.aws.kms.key.public

view(class) := {"derived": {"reach": [{
	"member": "Policy",
	"subject": "Share",
	"at": "Policy.Statement[0]",
	"class": class,
	"who": "arn:aws:iam::999999999999:root",
	"account": "999999999999",
	"name": null,
	"actions": ["x:y"],
	"witness": null,
}]}}

test_fail_internet if {
	count(public.findings) == 1 with input as view("internet")
}

test_fail_any_account if {
	count(public.findings) == 1 with input as view("any_aws_account")
}

test_pass_same_account if {
	count(public.findings) == 0 with input as view("same_account")
}

test_missing_policy if {
	count(public.findings) == 0 with input as {"derived": {"reach": []}}
}

test_missing_policy_of_a_key_is_no_pass if {
	count(public.unknown) == 1 with input as {"config": {}, "derived": {"reach": [], "grants": []}}
	count(public.unknown) == 0 with input as {"config": {"Policy": {"Statement": []}}, "derived": {"reach": [], "grants": []}}
}
