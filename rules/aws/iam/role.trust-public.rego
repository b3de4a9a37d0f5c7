# METADATA
# title: Role can be taken by anybody
# description: |
#   The trust policy lets everybody with an AWS account take the role, denies and conditions taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
# custom:
#   id: aws.iam.role.trust-public
#   technology: aws.iam.role
#   score: 10
#   rationale: Everybody who learns the role's ARN has its permissions.
#   remediation: Name the accounts or roles that may take it, with an external id for third parties.
#   equivalents:
#     security_monkey: [Internet Accessible]
package rules.aws.iam.role.trust_public

import data.lib.policy

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "AssumeRolePolicyDocument")
	finding := {
		"subject": way.subject,
		"message": sprintf("%s lets everybody with an AWS account take the role", [policy.named(way.subject)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
