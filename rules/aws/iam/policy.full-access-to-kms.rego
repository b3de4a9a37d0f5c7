# METADATA
# title: Policy grants full access to KMS
# description: |
#   A customer managed or inline policy allows kms:* on every resource. Statements that allow everything are left to the
#   administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
# custom:
#   id: aws.iam.policy.full-access-to-kms
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group, aws.iam.managed-policy]
#   score: 5
#   rationale: Full access decides over every key, and so all data encrypted with them.
#   remediation: Allow the actions that are needed, on the resources they are needed for.
#   equivalents:
#     prowler: [iam_policy_no_full_access_to_kms, iam_inline_policy_no_full_access_to_kms]
package rules.aws.iam.policy.full_access_to_kms

import data.lib.policy

not_applicable contains "it is a policy of AWS's own" if contains(input.config.Arn, ":iam::aws:")

findings contains finding if {
	some statement in policy.grants(input.derived.policies)
	not policy.is_administrator(statement)
	policy.covers(statement, "kms:*")
	policy.is_on_every(statement, "kms", "key")
	finding := {
		"subject": statement.subject,
		"message": sprintf("%s allows kms:* on every resource", [policy.named(statement.subject)]),
		"evidence": statement.at,
	}
}
