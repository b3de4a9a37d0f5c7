package rules.aws.iam.identity.inline_administrator_test

import data.rules.aws.iam.identity.inline_administrator

statement(effect, actions, resources) := {
	"subject": "P/S",
	"at": "X[0].PolicyDocument.Statement[0]",
	"effect": effect,
	"actions": actions,
	"not_actions": [],
	"resources": resources,
	"conditions": [],
}

view(effect, actions, resources, member) := {"derived": {"policies": [{
	"member": member,
	"is_default": true,
	"statements": [statement(effect, actions, resources)],
}]}}

test_fail_everything if {
	findings := inline_administrator.findings with input as view("Allow", ["*"], ["*"], "UserPolicyList")
	{finding.subject | some finding in findings} == {"P/S"}
}

test_pass_one_service if {
	count(inline_administrator.findings) == 0 with input as view("Allow", ["s3:*"], ["*"], "UserPolicyList")
}

test_pass_deny if {
	count(inline_administrator.findings) == 0 with input as view("Deny", ["*"], ["*"], "RolePolicyList")
}

test_pass_trust if {
	count(inline_administrator.findings) == 0 with input as view("Allow", ["*"], ["*"], "AssumeRolePolicyDocument")
}

test_missing_policies if {
	count(inline_administrator.findings) == 0 with input as {"derived": {"policies": []}}
}
