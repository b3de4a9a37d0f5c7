# METADATA
# title: SNS topic can be used through an AWS service by other accounts
# description: |
#   The resource policy lets in an AWS service without a condition on aws:SourceAccount, aws:SourceArn or the organisation.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#   - ref: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
# custom:
#   id: aws.sns.topic.unguarded-service
#   technology: aws.sns.topic
#   score: 3
#   rationale: >-
#     A service that acts for many customers can be talked into using it for somebody else (confused deputy).
#   remediation: Add a condition on aws:SourceAccount or aws:SourceArn where the service supports it.
package rules.aws.sns.topic.unguarded_service

import data.lib.policy

findings contains finding if {
	some way in policy.unguarded_services(input.derived.reach, "Attributes")
	finding := {
		"subject": way.who,
		"message": sprintf("the policy lets %s do %s for any account", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
