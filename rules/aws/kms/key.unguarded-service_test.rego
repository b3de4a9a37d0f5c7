package rules.aws.kms.key.unguarded_service_test

import data.rules.aws.kms.key.unguarded_service

view(class, extra) := {"derived": {"reach": [object.union(
	{
		"member": "Policy",
		"subject": "Share",
		"at": "Policy.Statement[0]",
		"class": class,
		"who": "logs.amazonaws.com",
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
	{finding.subject | some finding in findings} == {"logs.amazonaws.com"}
}

test_pass_tied_by_conditions_of_kms if {
	some key in ["kms:EncryptionContext:aws:logs:arn", "kms:ViaService", "kms:GrantIsForAWSResource"]
	tied := {"guarded": false, "ineffective": [{"operator": "StringEquals", "key": key, "values": ["x"], "why": ""}]}
	count(unguarded_service.findings) == 0 with input as view("aws_service", tied)
}

test_fail_tied_to_nothing if {
	every note in [
		{"operator": "StringLike", "key": "kms:ViaService", "values": ["*"], "why": ""},
		{"operator": "StringNotEquals", "key": "kms:ViaService", "values": ["x"], "why": ""},
		{"operator": "StringEqualsIfExists", "key": "kms:ViaService", "values": ["x"], "why": ""},
		{"operator": "Null", "key": "kms:EncryptionContext:x", "values": ["true"], "why": ""},
	] {
		loose := {"guarded": false, "ineffective": [note]}
		count(unguarded_service.findings) == 1 with input as view("aws_service", loose)
	}
}

test_fail_other_condition if {
	other := {"guarded": false, "ineffective": [{"operator": "Bool", "key": "aws:SecureTransport", "values": ["true"], "why": ""}]}
	count(unguarded_service.findings) == 1 with input as view("aws_service", other)
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

test_missing_policy_of_a_key_is_no_pass if {
	count(unguarded_service.unknown) == 1 with input as {"config": {}, "derived": {"reach": [], "grants": []}}
	count(unguarded_service.unknown) == 0 with input as {"config": {"Policy": {"Statement": []}}, "derived": {"reach": [], "grants": []}}
}
