# METADATA
# title: Identity can raise its own privileges
# description: |
#   The inline and attached policies of a user, role or group, those of a user's groups included, under its permissions boundary,
#   together allow every step of a published way to raise one's own privileges. What one group brings by itself shows at the group;
#   ways that one customer managed policy allows by itself, at that policy; what grants everything is left to the administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
# custom:
#   id: aws.iam.identity.privilege-escalation
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group]
#   score: 8
#   rationale: >-
#     The identity can become more than its policies say, an administrator as a rule, and so can whoever takes it over.
#   remediation: >-
#     Limit the actions named in the finding to the resources that are needed, or bind the identity by a permissions boundary.
#   links: [aws.iam.managed-policy]
#   reads: [aws.iam.group, aws.iam.managed-policy]
#   equivalents:
#     prowler: [iam_inline_policy_allows_privilege_escalation]
package rules.aws.iam.identity.privilege_escalation

import data.lib.policy

findings contains finding if {
	some way in input.derived.escalations
	not is_told_at_its_policy(way)
	finding := {
		"subject": way.subject,
		"message": policy.escalation(way),
		"evidence": {"statements": way.at, "methods": way.methods},
	}
}

# One customer managed policy allows all of it: managed-policy.privilege-escalation says so, once for all who have it.
is_told_at_its_policy(way) if {
	count(way.policies) == 1
	some arn in way.policies
	arn != ""
	not contains(arn, ":iam::aws:")
}
