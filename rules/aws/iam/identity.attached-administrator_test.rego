package rules.aws.iam.identity.attached_administrator_test

import data.rules.aws.iam.identity.attached_administrator

view(arn) := {"config": {"AttachedManagedPolicies": [{"PolicyName": "P", "PolicyArn": arn}]}}

test_fail_attached if {
	count(attached_administrator.findings) == 1 with input as view("arn:aws:iam::aws:policy/AdministratorAccess")
}

test_pass_other if {
	count(attached_administrator.findings) == 0 with input as view("arn:aws:iam::aws:policy/ReadOnlyAccess")
}

test_fail_own_policy_of_that_name if {
	count(attached_administrator.findings) == 1 with input as view("arn:aws:iam::123456789012:policy/AdministratorAccess")
}

test_missing_list if {
	count(attached_administrator.findings) == 0 with input as {"config": {}}
}
