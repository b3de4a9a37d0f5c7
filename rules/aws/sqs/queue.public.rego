# METADATA
# title: SQS queue is public
# description: |
#   The resource policy lets in everybody, or everybody with an AWS account; denies and conditions are taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html
# custom:
#   id: aws.sqs.queue.public
#   technology: aws.sqs.queue
#   score: 8
#   rationale: Strangers can read, delete or send messages that your software trusts.
#   remediation: Name the accounts and services that use the queue, with a condition on aws:SourceArn for services.
#   equivalents:
#     security_hub: [SQS.3]
#     prowler: [sqs_queues_not_publicly_accessible]
#     security_monkey: [Internet Accessible]
package rules.aws.sqs.queue.public

import data.lib.policy

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "Attributes")
	finding := {
		"subject": way.subject,
		"message": sprintf("the policy lets everybody do %s", [policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
