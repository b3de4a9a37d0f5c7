# METADATA
# title: Role can be taken by an unknown account
# description: |
#   The trust policy lets in an account or organisation that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
# custom:
#   id: aws.iam.role.trust-unknown-account
#   technology: aws.iam.role
#   score: 7
#   rationale: Whoever controls that account has the role's permissions, and nobody here has decided so by name.
#   remediation: Remove the account, or register it as friendly or third-party if it is meant.
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.iam.role.trust_unknown_account

import data.lib.policy

findings contains finding if {
	some way in policy.unknown_reach(input.derived.reach, "AssumeRolePolicyDocument")
	finding := {
		"subject": policy.who(way),
		"message": sprintf("unknown %s may take the role", [way.who]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
