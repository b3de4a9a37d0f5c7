package rules.aws.lambda.function.unknown_account_test

import data.rules.aws.lambda.function.unknown_account

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

test_fail_unknown if {
	findings := unknown_account.findings with input as view("unknown_account")
	{finding.subject | some finding in findings} == {"999999999999"}
}

test_fail_alias if {
	findings := unknown_account.findings with input as {
		"config": {"Aliases": [{"Name": "test"}, {"Name": "live"}]},
		"derived": {"reach": [way("unknown_account", "Policy", "Policy"), way("unknown_account", "Aliases", "Aliases[1].Policy")]},
	}
	{finding.subject | some finding in findings} == {"999999999999", "live/999999999999"}
}

test_pass_friendly if {
	count(unknown_account.findings) == 0 with input as view("friendly_account")
}

test_missing_policy if {
	count(unknown_account.findings) == 0 with input as {"derived": {"reach": []}}
}
