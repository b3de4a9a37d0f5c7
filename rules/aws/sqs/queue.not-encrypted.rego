# METADATA
# title: SQS queue is not encrypted
# description: |
#   Neither encryption by SQS itself nor a KMS key is set for the queue.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html
# custom:
#   id: aws.sqs.queue.not-encrypted
#   technology: aws.sqs.queue
#   score: 3
#   rationale: Messages are then stored in plain text.
#   remediation: Switch on SSE-SQS, or set a KMS key.
#   equivalents:
#     security_hub: [SQS.1]
#     prowler: [sqs_queues_server_side_encryption_enabled]
package rules.aws.sqs.queue.not_encrypted

findings contains finding if {
	object.get(input.config, ["Attributes", "KmsMasterKeyId"], "") == ""
	object.get(input.config, ["Attributes", "SqsManagedSseEnabled"], "false") != "true"
	finding := {
		"subject": "Encryption",
		"message": "the queue is not encrypted",
		"evidence": "Attributes.SqsManagedSseEnabled",
	}
}
