package rules.aws.iam.managed_policy.administrator_test

import data.rules.aws.iam.managed_policy.administrator

statement(effect, actions, resources) := {
	"subject": "P/S",
	"at": "X[0].PolicyDocument.Statement[0]",
	"effect": effect,
	"actions": actions,
	"not_actions": [],
	"resources": resources,
	"conditions": [],
}

view(is_default, actions) := {"derived": {"policies": [{
	"member": "PolicyVersionList",
	"is_default": is_default,
	"statements": [statement("Allow", actions, ["*"])],
}]}}

test_fail_everything if {
	count(administrator.findings) == 1 with input as view(true, ["*"])
}

test_pass_old_version if {
	count(administrator.findings) == 0 with input as view(false, ["*"])
}

test_pass_one_service if {
	count(administrator.findings) == 0 with input as view(true, ["s3:*"])
}

together := {"subject": "Most + Rest", "at": ["A", "B"], "policies": [""]}

test_fail_two_statements_together if {
	policies := [{"member": "PolicyVersionList", "is_default": true, "statements": [
		object.union(statement("Allow", [], ["*"]), {"subject": "Most", "not_actions": ["iam:*"]}),
		object.union(statement("Allow", ["iam:*"], ["*"]), {"subject": "Rest"}),
	]}]
	findings := administrator.findings with input as {"derived": {"policies": policies, "administration": together}}
	{finding.subject | some finding in findings} == {"Most + Rest"}
}

test_pass_told_once if {
	whole := object.union_n([view(true, ["*"]).derived, {"administration": {"subject": "P/S", "at": ["A"], "policies": [""]}}])
	count(administrator.findings) == 1 with input as {"derived": whole}
}

test_missing_policies if {
	count(administrator.findings) == 0 with input as {"derived": {"policies": []}}
}
