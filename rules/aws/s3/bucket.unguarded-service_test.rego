package rules.aws.s3.bucket.unguarded_service_test

import data.rules.aws.s3.bucket.unguarded_service

view(class, extra) := {"derived": {"reach": [object.union(
	{
		"member": "Policy",
		"subject": "Share",
		"at": "Policy.Statement[0]",
		"class": class,
		"who": "logging.s3.amazonaws.com",
		"account": null,
		"name": null,
		"actions": ["x:y"],
		"restricting": [],
		"ineffective": [],
		"witness": null,
	},
	extra,
)]}}

test_fail_unguarded if {
	findings := unguarded_service.findings with input as view("aws_service", {"guarded": false})
	{finding.subject | some finding in findings} == {"logging.s3.amazonaws.com"}
}

test_pass_guarded if {
	count(unguarded_service.findings) == 0 with input as view("aws_service", {"guarded": true})
}

test_pass_other_principal if {
	count(unguarded_service.findings) == 0 with input as view("same_account", {})
}

test_missing_policy if {
	count(unguarded_service.findings) == 0 with input as {"derived": {"reach": []}}
}
