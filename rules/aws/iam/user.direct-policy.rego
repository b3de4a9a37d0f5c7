# METADATA
# title: Permissions given to a user directly
# description: |
#   A policy is attached to the user or written into it, instead of reaching the user through a group or role.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.user.direct-policy
#   technology: aws.iam.user
#   score: 2
#   rationale: Permissions that hang on persons are forgotten when the person changes jobs.
#   remediation: Move the permissions to a group, or let the user take a role.
#   equivalents:
#     security_hub: [IAM.2]
#     prowler: [iam_policy_attached_only_to_group_or_roles]
#     cis: {"3.0": ["1.15"], "4.0.1": ["1.15"], "5.0": ["1.14"]}
package rules.aws.iam.user.direct_policy

findings contains finding if {
	some attached in input.config.AttachedManagedPolicies
	finding := {
		"subject": attached.PolicyArn,
		"message": sprintf("%s is attached to the user directly", [attached.PolicyName]),
		"evidence": "AttachedManagedPolicies",
	}
}

findings contains finding if {
	some inline in input.config.UserPolicyList
	finding := {
		"subject": sprintf("inline %s", [inline.PolicyName]),
		"message": sprintf("the inline policy %s belongs to the user directly", [inline.PolicyName]),
		"evidence": "UserPolicyList",
	}
}
