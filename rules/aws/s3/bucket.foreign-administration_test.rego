package rules.aws.s3.bucket.foreign_administration_test

import data.rules.aws.s3.bucket.foreign_administration

view(class, actions) := excluding(class, actions, [])

excluding(class, actions, not_actions) := {
	"parameters": {"actions": ["s3:PutBucketPolicy"]},
	"derived": {"reach": [{
		"member": "Policy",
		"subject": "Share",
		"at": "Policy.Statement[0]",
		"class": class,
		"who": "arn:aws:iam::111111111111:root",
		"account": "111111111111",
		"name": null,
		"actions": actions,
		"not_actions": not_actions,
		"witness": null,
	}]},
}

test_fail_friendly if {
	findings := foreign_administration.findings with input as view("friendly_account", ["s3:putbucketpolicy"])
	{finding.subject | some finding in findings} == {"Share 111111111111"}
}

test_fail_a_name_is_no_part_of_the_subject if {
	way := object.union(view("third_party_account", ["s3:putbucketpolicy"]).derived.reach[0], {"name": "Backup Inc."})
	findings := foreign_administration.findings with input as {"parameters": {"actions": ["s3:PutBucketPolicy"]}, "derived": {"reach": [way]}}
	{finding.subject | some finding in findings} == {"Share 111111111111"}
}

test_fail_wildcard if {
	count(foreign_administration.findings) == 1 with input as view("any_aws_account", ["s3:Put*"])
}

test_fail_everything_but_reading if {
	count(foreign_administration.findings) == 1 with input as excluding("unknown_account", ["* except s3:GetObject"], ["s3:getobject"])
}

test_pass_everything_but_administration if {
	count(foreign_administration.findings) == 0 with input as excluding("unknown_account", ["* except s3:PutBucket*"], ["s3:putbucket*"])
}

test_pass_objects_only if {
	count(foreign_administration.findings) == 0 with input as view("friendly_account", ["s3:GetObject", "s3:PutObject"])
}

test_pass_same_account if {
	count(foreign_administration.findings) == 0 with input as view("same_account", ["s3:*"])
}

test_missing_policy if {
	count(foreign_administration.findings) == 0 with input as {"derived": {"reach": []}, "parameters": {"actions": []}}
}
