package rules.aws.iam.role.unguarded_service_test

import data.rules.aws.iam.role.unguarded_service

view(class, extra) := {"derived": {"reach": [object.union(
	{
		"member": "AssumeRolePolicyDocument",
		"subject": "Trust",
		"at": "AssumeRolePolicyDocument.Statement[0]",
		"class": class,
		"who": "arn:aws:iam::999999999999:root",
		"account": "999999999999",
		"name": null,
		"actions": ["sts:AssumeRole"],
		"witness": null,
	},
	extra,
)]}}

test_fail_found if {
	count(unguarded_service.findings) == 1 with input as view("aws_service", {"guarded": false, "account": null, "who": "sns.amazonaws.com"})
}

test_pass_other if {
	count(unguarded_service.findings) == 0 with input as view("aws_service", {"guarded": true, "account": null})
}

test_pass_service_linked_role if {
	count(unguarded_service.not_applicable) == 1 with input as {"config": {"Path": "/aws-service-role/support.amazonaws.com/"}}
	count(unguarded_service.not_applicable) == 0 with input as {"config": {"Path": "/"}}
}

test_missing_trust if {
	count(unguarded_service.findings) == 0 with input as {"derived": {"reach": []}}
}
