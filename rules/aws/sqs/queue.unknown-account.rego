# METADATA
# title: SQS queue shared with an unknown account
# description: |
#   The resource policy lets in an account or organisation that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
# custom:
#   id: aws.sqs.queue.unknown-account
#   technology: aws.sqs.queue
#   score: 6
#   rationale: Whoever controls that account can use it, and nobody here has decided so by name.
#   remediation: Remove the account from the policy, or register it as friendly or third-party if it is meant.
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.sqs.queue.unknown_account

import data.lib.policy

findings contains finding if {
	some way in policy.unknown_reach(input.derived.reach, "Attributes")
	finding := {
		"subject": policy.who(way),
		"message": sprintf("the policy lets unknown %s do %s", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
