package rules.aws.sqs.queue.public_test

import data.rules.aws.sqs.queue.public

view(class) := {"derived": {"reach": [{
	"member": "Attributes",
	"subject": "Share",
	"at": "Attributes.Statement[0]",
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
