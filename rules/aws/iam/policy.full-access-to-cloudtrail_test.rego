package rules.aws.iam.policy.full_access_to_cloudtrail_test

import data.rules.aws.iam.policy.full_access_to_cloudtrail

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

test_fail_full_access if {
	count(full_access_to_cloudtrail.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/p", ["cloudtrail:*"], ["*"])
}

test_fail_everything_but if {
	policies := [{"member": "RolePolicyList", "is_default": true, "statements": [object.union(
		statement("Allow", [], ["*"]),
		{"not_actions": ["ec2:*", "s3:*"]},
	)]}]
	count(full_access_to_cloudtrail.findings) == 1 with input as {"config": {}, "derived": {"policies": policies}}
}

test_fail_every_trail_by_its_arn if {
	some resource in ["arn:aws:cloudtrail:*:*:trail/*", "arn:aws-us-gov:cloudtrail:*:123456789012:*", "arn:aws:cloudtrail:*"]
	count(full_access_to_cloudtrail.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/p", ["cloudtrail:*"], [resource])
}

test_pass_one_resource if {
	count(full_access_to_cloudtrail.findings) == 0 with input as view("arn:aws:iam::123456789012:policy/p", ["cloudtrail:*"], ["arn:aws:cloudtrail:::x"])
}

test_pass_some_actions if {
	count(full_access_to_cloudtrail.findings) == 0 with input as view("arn:aws:iam::123456789012:policy/p", ["cloudtrail:describe*"], ["*"])
}

test_pass_aws_policy if {
	count(full_access_to_cloudtrail.not_applicable) == 1 with input as view("arn:aws:iam::aws:policy/p", ["cloudtrail:*"], ["*"])
}

test_missing_policies if {
	count(full_access_to_cloudtrail.findings) == 0 with input as {"config": {}, "derived": {"policies": []}}
}

test_fail_every_resource_but_one if {
	policies := [{"member": "RolePolicyList", "is_default": true, "statements": [object.union(
		statement("Allow", ["cloudtrail:*"], []),
		{"not_resources": ["arn:aws:s3:::archive"]},
	)]}]
	count(full_access_to_cloudtrail.findings) == 1 with input as {"config": {}, "derived": {"policies": policies}}
}

test_pass_but_every_resource if {
	policies := [{"member": "RolePolicyList", "is_default": true, "statements": [object.union(
		statement("Allow", ["cloudtrail:*"], []),
		{"not_resources": ["*"]},
	)]}]
	count(full_access_to_cloudtrail.findings) == 0 with input as {"config": {}, "derived": {"policies": policies}}
}

test_fail_every_resource_of_other_accounts if {
	policies := [{"member": "RolePolicyList", "is_default": true, "statements": [object.union(
		statement("Allow", ["cloudtrail:*"], []),
		{"not_resources": ["arn:aws:cloudtrail:*:123456789012:trail/*"]},
	)]}]
	count(full_access_to_cloudtrail.findings) == 1 with input as {"config": {}, "derived": {"policies": policies}}
}
