# METADATA
# title: SNS topic is not encrypted with a KMS key
# description: |
#   The topic's messages are not encrypted with a KMS key at rest.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html
# custom:
#   id: aws.sns.topic.not-encrypted
#   technology: aws.sns.topic
#   score: 3
#   rationale: With a key, reading the messages also needs the key's permission, and its use is logged.
#   remediation: Set a KMS key for the topic whose policy lets the publishing services use it.
#   equivalents:
#     security_hub: [SNS.1]
#     prowler: [sns_topics_kms_encryption_at_rest_enabled]
package rules.aws.sns.topic.not_encrypted

findings contains finding if {
	object.get(input.config, ["Attributes", "KmsMasterKeyId"], "") == ""
	finding := {
		"subject": "KmsMasterKeyId",
		"message": "the topic has no KMS key",
		"evidence": "Attributes.KmsMasterKeyId",
	}
}
