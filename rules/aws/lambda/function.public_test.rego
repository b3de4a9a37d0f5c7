package rules.aws.lambda.function.public_test

import data.rules.aws.lambda.function.public

view(class) := {"config": {}, "derived": {"reach": [way(class, "Policy", "Policy")]}}

way(class, member, path) := {
	"member": member,
	"path": path,
	"subject": "Share",
	"at": sprintf("%s.Statement[0]", [path]),
	"class": class,
	"who": "arn:aws:iam::999999999999:root",
	"account": "999999999999",
	"name": null,
	"actions": ["x:y"],
	"witness": null,
}

test_fail_internet if {
	count(public.findings) == 1 with input as view("internet")
}

test_fail_any_account if {
	count(public.findings) == 1 with input as view("any_aws_account")
}

test_fail_alias if {
	findings := public.findings with input as {
		"config": {"Aliases": [{"Name": "test"}, {"Name": "live"}]},
		"derived": {"reach": [way("internet", "Policy", "Policy"), way("internet", "Aliases", "Aliases[1].Policy")]},
	}
	{finding.subject | some finding in findings} == {"Share", "live/Share"}
}

test_pass_same_account if {
	count(public.findings) == 0 with input as view("same_account")
}

test_missing_policy if {
	count(public.findings) == 0 with input as {"derived": {"reach": []}}
}
