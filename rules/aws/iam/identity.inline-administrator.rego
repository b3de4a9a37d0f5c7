# METADATA
# title: Inline policy grants everything
# description: |
#   An inline policy of a user, role or group allows every action on every resource.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.identity.inline-administrator
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group]
#   score: 8
#   rationale: >-
#     Inline policies do not show up in reviews of managed policies; an administrator hides in one most easily.
#   remediation: >-
#     Replace the policy by one for what is really done; attach AdministratorAccess openly where it must be.
#   equivalents:
#     security_hub: [IAM.1]
#     prowler: [iam_inline_policy_no_administrative_privileges]
#     security_monkey: [Administrator Access]
package rules.aws.iam.identity.inline_administrator

import data.lib.policy

findings contains finding if {
	some statement in policy.grants(input.derived.policies)
	policy.is_administrator(statement)
	finding := {
		"subject": statement.subject,
		"message": sprintf("%s of an inline policy allows every action on every resource", [policy.named(statement.subject)]),
		"evidence": statement.at,
	}
}
