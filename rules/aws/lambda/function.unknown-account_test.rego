package rules.aws.lambda.function.unknown_account_test

import data.rules.aws.lambda.function.unknown_account

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

test_fail_unknown if {
	findings := unknown_account.findings with input as view("unknown_account")
	{finding.subject | some finding in findings} == {"999999999999"}
}

test_pass_friendly if {
	count(unknown_account.findings) == 0 with input as view("friendly_account")
}

test_missing_policy if {
	count(unknown_account.findings) == 0 with input as {"derived": {"reach": []}}
}
