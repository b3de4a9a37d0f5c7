# METADATA
# title: SNS topic is public
# description: |
#   The resource policy lets in everybody, or everybody with an AWS account; denies and conditions are taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html
# custom:
#   id: aws.sns.topic.public
#   technology: aws.sns.topic
#   score: 8
#   rationale: Strangers can read your messages by subscribing, or send their own to your subscribers.
#   remediation: >-
#     Name the accounts that use the topic, or add a condition on aws:SourceAccount or aws:PrincipalOrgID.
#   equivalents:
#     security_hub: [SNS.4]
#     prowler: [sns_topics_not_publicly_accessible]
#     security_monkey: [Internet Accessible]
package rules.aws.sns.topic.public

import data.lib.policy

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "Attributes")
	finding := {
		"subject": way.subject,
		"message": sprintf("the policy lets everybody do %s", [policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
