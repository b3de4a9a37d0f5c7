package rules.aws.iam.user.direct_policy_test

import data.rules.aws.iam.user.direct_policy

test_fail_attached if {
	count(direct_policy.findings) == 1 with input as {"config": {"AttachedManagedPolicies": [{"PolicyName": "P", "PolicyArn": "arn:p"}]}}
}

test_fail_inline if {
	count(direct_policy.findings) == 1 with input as {"config": {"UserPolicyList": [{"PolicyName": "P"}]}}
}

test_pass_groups_only if {
	count(direct_policy.findings) == 0 with input as {"config": {"GroupList": ["admins"], "AttachedManagedPolicies": [], "UserPolicyList": []}}
}

test_missing_lists if {
	count(direct_policy.findings) == 0 with input as {"config": {}}
}
