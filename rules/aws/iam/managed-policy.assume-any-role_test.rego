package rules.aws.iam.managed_policy.assume_any_role_test

import data.rules.aws.iam.managed_policy.assume_any_role

statement(effect, actions, resources) := {
	"subject": "P/S",
	"at": "X[0].PolicyDocument.Statement[0]",
	"effect": effect,
	"actions": actions,
	"not_actions": [],
	"resources": resources,
	"conditions": [],
}

view(arn, actions, resources) := {
	"config": {"Arn": arn},
	"derived": {"policies": [{"member": "PolicyVersionList", "is_default": true, "statements": [statement("Allow", actions, resources)]}]},
}

test_fail_any_role if {
	count(assume_any_role.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/p", ["sts:assumerole"], ["*"])
}

test_fail_any_account if {
	count(assume_any_role.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/p", ["sts:*"], ["arn:aws:iam::*:role/*"])
}

test_fail_any_account_in_fewer_segments if {
	every resource in ["arn:aws:iam::*", "arn:aws:iam:*", "arn:aws:iam::*:role*", "arn:aws:iam::123456789012:role*"] {
		count(assume_any_role.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/p", ["sts:assumerole"], [resource])
	}
}

test_fail_any_role_of_an_account_in_another_partition if {
	count(assume_any_role.findings) == 1 with input as view("arn:aws-cn:iam::123456789012:policy/p", ["sts:assumerole"], ["arn:aws-cn:iam::123456789012:role/*"])
}

test_pass_one_name_in_any_account if {
	resources := ["arn:aws:iam::*:role/ReadOnlyAudit", "arn:aws:iam::*:role/deploy-*"]
	count(assume_any_role.findings) == 0 with input as view("arn:aws:iam::123456789012:policy/p", ["sts:assumerole"], resources)
}

test_pass_one_role if {
	count(assume_any_role.findings) == 0 with input as view("arn:aws:iam::123456789012:policy/p", ["sts:assumerole"], ["arn:aws:iam::123456789012:role/deploy"])
}

test_missing_policies if {
	count(assume_any_role.findings) == 0 with input as {"config": {}, "derived": {"policies": []}}
}

excluding(resources) := {
	"config": {"Arn": "arn:aws:iam::123456789012:policy/p"},
	"derived": {"policies": [{"member": "PolicyVersionList", "is_default": true, "statements": [object.union(
		statement("Allow", ["sts:assumerole"], []),
		{"not_resources": resources},
	)]}]},
}

test_fail_every_role_of_other_accounts if {
	every resource in ["arn:aws:iam::111111111111:role/*", "arn:aws:iam::111111111111:*"] {
		count(assume_any_role.findings) == 1 with input as excluding([resource])
	}
}

test_pass_no_role_at_all if {
	every resource in ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:role*", "arn:aws:iam::*:*", "arn:aws:iam::*", "arn:aws:iam:*", "arn:*:iam::*:*", "arn:aws:*"] {
		count(assume_any_role.findings) == 0 with input as excluding([resource, "arn:aws:iam::111111111111:role/x"])
	}
}

test_fail_every_role_but_one if {
	policies := [{"member": "PolicyVersionList", "is_default": true, "statements": [object.union(
		statement("Allow", ["sts:assumerole"], []),
		{"not_resources": ["arn:aws:iam::123456789012:role/break-glass"]},
	)]}]
	findings := assume_any_role.findings with input as {"config": {"Arn": "arn:aws:iam::123456789012:policy/p"}, "derived": {"policies": policies}}
	{finding.message | some finding in findings} == {"statement P/S allows taking every role but arn:aws:iam::123456789012:role/break-glass"}
}
