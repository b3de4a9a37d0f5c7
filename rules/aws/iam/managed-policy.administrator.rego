# METADATA
# title: Managed policy grants everything
# description: |
#   The version in force of the managed policy allows every action on every resource, by one statement or by several together.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.managed-policy.administrator
#   technology: aws.iam.managed-policy
#   score: 7
#   rationale: >-
#     Everybody the policy is attached to, now or later, is an administrator, whatever the policy is called.
#   remediation: Reduce the policy to what its users do; IAM Access Analyzer can propose it from the audit log.
#   equivalents:
#     security_hub: [IAM.1]
#     prowler:
#       - iam_customer_attached_policy_no_administrative_privileges
#       - iam_customer_unattached_policy_no_administrative_privileges
#       - iam_aws_attached_policy_no_administrative_privileges
#     cis: {"3.0": ["1.16"], "4.0.1": ["1.16"], "5.0": ["1.15"]}
#     security_monkey: [Administrator Access]
package rules.aws.iam.managed_policy.administrator

import data.lib.policy

findings contains finding if {
	some statement in policy.statements(input.derived.policies, "PolicyVersionList")
	policy.is_administrator(statement)
	finding := {
		"subject": statement.subject,
		"message": sprintf("%s allows every action on every resource", [policy.named(statement.subject)]),
		"evidence": statement.at,
	}
}

# No statement is one by itself, but all actions are there: NotAction iam:* and iam:*, for example.
findings contains finding if {
	whole := input.derived.administration
	alone := [statement | some statement in policy.statements(input.derived.policies, "PolicyVersionList"); policy.is_administrator(statement)]
	count(alone) == 0
	finding := {
		"subject": whole.subject,
		"message": "its statements together allow every action on every resource",
		"evidence": whole.at,
	}
}
