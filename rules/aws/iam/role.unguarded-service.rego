# METADATA
# title: Role can be used through an AWS service by other accounts
# description: |
#   The trust policy lets in an AWS service without a condition on aws:SourceAccount, aws:SourceArn or the organisation.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
# custom:
#   id: aws.iam.role.unguarded-service
#   technology: aws.iam.role
#   score: 2
#   rationale: >-
#     A service that acts for many customers can be talked into using the role for somebody else (confused deputy).
#   remediation: Add a condition on aws:SourceAccount or aws:SourceArn where the service supports it.
#   equivalents:
#     prowler: [iam_role_cross_service_confused_deputy_prevention]
package rules.aws.iam.role.unguarded_service

import data.lib.policy

not_applicable contains "it is a service-linked role: AWS decides who takes it" if startswith(input.config.Path, "/aws-service-role/")

findings contains finding if {
	some way in policy.unguarded_services(input.derived.reach, "AssumeRolePolicyDocument")
	finding := {
		"subject": way.who,
		"message": sprintf("%s may take the role for any account", [way.who]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
