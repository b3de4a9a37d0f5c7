# METADATA
# title: Role can be taken by anybody at an identity provider
# description: |
#   The trust policy lets in users of an identity provider (GitHub Actions, Cognito, …) without fixing the subject or
#   audience to ours. The id of a Cognito identity pool is no secret: without a condition on amr its guests are let in.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
# custom:
#   id: aws.iam.role.trust-unpinned-federation
#   technology: aws.iam.role
#   score: 8
#   rationale: With a public provider every repository or user of that provider can take the role.
#   remediation: >-
#     Add a condition on the provider's sub claim (token.actions.githubusercontent.com:sub =
#     repo:<organisation>/<repository>:*) and on aud; for Cognito on cognito-identity.amazonaws.com:aud and on amr
#     (authenticated). Justify a role that is meant for guests.
package rules.aws.iam.role.trust_unpinned_federation

import data.lib.policy

findings contains finding if {
	some way in policy.reach_of(input.derived.reach, "AssumeRolePolicyDocument", {"federation"})
	way.pinned == false
	finding := {
		"subject": sprintf("%s %s", [way.subject, way.who]),
		"message": sprintf("anybody at %s may take the role: no condition holds it to users of ours", [way.who]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
