# METADATA
# title: S3 bucket without default encryption
# description: |
#   The bucket has no default encryption rule. Since January 2023 AWS encrypts new objects with SSE-S3 anyway, so this is
#   rare.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
# custom:
#   id: aws.s3.bucket.not-encrypted
#   technology: aws.s3.bucket
#   score: 4
#   rationale: Objects would be stored as their writers send them.
#   remediation: >-
#     Set a default encryption rule, with a key of your own (SSE-KMS) where you want to control and log decryption.
#   equivalents:
#     prowler: [s3_bucket_default_encryption]
package rules.aws.s3.bucket.not_encrypted

findings contains finding if {
	algorithms := [rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm | some rule in input.config.Encryption.Rules]
	count(algorithms) == 0
	finding := {
		"subject": "Encryption",
		"message": "the bucket has no default encryption",
		"evidence": "Encryption",
	}
}
