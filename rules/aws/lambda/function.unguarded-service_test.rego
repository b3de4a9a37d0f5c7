package rules.aws.lambda.function.unguarded_service_test

import data.rules.aws.lambda.function.unguarded_service

view(class, extra) := {"config": {"Aliases": [{"Name": "live"}]}, "derived": {"reach": [way(class, "Policy", "Policy", extra)]}}

way(class, member, path, extra) := object.union(
	{
		"member": member,
		"path": path,
		"subject": "Share",
		"at": sprintf("%s.Statement[0]", [path]),
		"class": class,
		"who": "s3.amazonaws.com",
		"account": null,
		"name": null,
		"actions": ["lambda:InvokeFunction"],
		"witness": null,
	},
	extra,
)

test_fail_unguarded if {
	findings := unguarded_service.findings with input as view("aws_service", {"guarded": false})
	{finding.subject | some finding in findings} == {"s3.amazonaws.com"}
}

test_fail_alias if {
	reach := [way("aws_service", "Aliases", "Aliases[0].Policy", {"guarded": false})]
	findings := unguarded_service.findings with input as object.union(view("aws_service", {"guarded": true}), {"derived": {"reach": reach}})
	{finding.subject | some finding in findings} == {"live/s3.amazonaws.com"}
}

test_pass_guarded if {
	count(unguarded_service.findings) == 0 with input as view("aws_service", {"guarded": true})
}

test_pass_other_principal if {
	count(unguarded_service.findings) == 0 with input as view("same_account", {})
}

test_missing_policy if {
	count(unguarded_service.findings) == 0 with input as {"config": {}, "derived": {"reach": []}}
}
