# METADATA
# title: Managed policy allows privilege escalation
# description: |
#   The version in force of a customer managed policy allows, by itself, every step of a published way to raise one's own
#   privileges: to change one's own permissions, to act as somebody else, or to let a service act in a stronger role. What grants
#   everything is left to the administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
# custom:
#   id: aws.iam.managed-policy.privilege-escalation
#   technology: aws.iam.managed-policy
#   score: 7
#   rationale: >-
#     Whoever the policy is attached to can become more than it says, an administrator as a rule: the real limit of their
#     permissions is not in their policies.
#   remediation: >-
#     Limit the actions named in the finding to the resources that are needed, or bind those who have the policy by a
#     permissions boundary.
#   equivalents:
#     prowler: [iam_policy_allows_privilege_escalation]
package rules.aws.iam.managed_policy.privilege_escalation

import data.lib.policy

not_applicable contains "it is a policy of AWS's own" if contains(input.config.Arn, ":iam::aws:")

findings contains finding if {
	some way in input.derived.escalations
	finding := {
		"subject": way.subject,
		"message": policy.escalation(way),
		"evidence": {"statements": way.at, "methods": way.methods},
	}
}
