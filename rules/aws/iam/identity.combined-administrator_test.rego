package rules.aws.iam.identity.combined_administrator_test

import data.rules.aws.iam.identity.combined_administrator

statement(actions) := {
	"subject": "P/S",
	"effect": "Allow",
	"actions": actions,
	"not_actions": [],
	"resources": ["*"],
}

inline(actions) := [{"member": "RolePolicyList", "is_default": true, "statements": [statement(actions)]}]

view(policies, own) := {"derived": {
	"policies": inline(own),
	"administration": {"subject": "Most + Rest", "at": ["A"], "policies": policies},
}}

test_fail_two_inline_statements if {
	findings := combined_administrator.findings with input as view([""], ["iam:*"])
	{finding.subject | some finding in findings} == {"Most + Rest"}
}

test_fail_two_attached_policies if {
	policies := ["arn:aws:iam::123456789012:policy/most", "arn:aws:iam::123456789012:policy/rest"]
	count(combined_administrator.findings) == 1 with input as view(policies, ["s3:*"])
}

test_fail_policies_of_aws if {
	policies := ["arn:aws:iam::aws:policy/IAMFullAccess", "arn:aws:iam::aws:policy/PowerUserAccess"]
	count(combined_administrator.findings) == 1 with input as view(policies, ["s3:*"])
}

test_pass_one_customer_policy_tells_it if {
	count(combined_administrator.findings) == 0 with input as view(["arn:aws:iam::123456789012:policy/all"], ["s3:*"])
}

test_pass_administrator_access_is_told if {
	count(combined_administrator.findings) == 0 with input as view(["arn:aws-cn:iam::aws:policy/AdministratorAccess"], ["s3:*"])
}

test_pass_one_inline_statement_is_told if {
	count(combined_administrator.findings) == 0 with input as view([""], ["*"])
}

test_missing_administration if {
	count(combined_administrator.findings) == 0 with input as {"derived": {"policies": inline(["s3:*"])}}
}
