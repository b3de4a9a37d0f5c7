# METADATA
# title: Policy grants full access to CloudTrail
# description: |
#   A customer managed or inline policy allows cloudtrail:* on every resource. Statements that allow everything are left
#   to the administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: aws.iam.policy.full-access-to-cloudtrail
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group, aws.iam.managed-policy]
#   score: 5
#   rationale: Full access decides over the account's audit log.
#   remediation: Allow the actions that are needed, on the resources they are needed for.
#   equivalents:
#     prowler: [iam_policy_no_full_access_to_cloudtrail, iam_inline_policy_no_full_access_to_cloudtrail]
package rules.aws.iam.policy.full_access_to_cloudtrail

import data.lib.policy

not_applicable contains "it is a policy of AWS's own" if contains(input.config.Arn, ":iam::aws:")

findings contains finding if {
	some statement in policy.grants(input.derived.policies)
	not policy.is_administrator(statement)
	policy.covers(statement, "cloudtrail:*")
	policy.is_on_every(statement, "cloudtrail", "trail")
	finding := {
		"subject": statement.subject,
		"message": sprintf("%s allows cloudtrail:* on every resource", [policy.named(statement.subject)]),
		"evidence": statement.at,
	}
}
