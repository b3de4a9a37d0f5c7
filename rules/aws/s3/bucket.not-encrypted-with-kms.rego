# METADATA
# title: S3 bucket not encrypted with a KMS key
# description: |
#   The bucket's default encryption does not use AWS KMS.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.not-encrypted-with-kms
#   technology: aws.s3.bucket
#   score: 2
#   rationale: >-
#     With a KMS key, reading an object also needs the key's permission, and every use of the key is logged.
#   remediation: Set the default encryption to aws:kms with a customer managed key and switch on bucket keys.
#   equivalents:
#     security_hub: [S3.17]
#     prowler: [s3_bucket_kms_encryption]
package rules.aws.s3.bucket.not_encrypted_with_kms

findings contains finding if {
	algorithms := [rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm |
		some rule in input.config.Encryption.Rules
		startswith(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, "aws:kms")
	]
	count(algorithms) == 0
	finding := {
		"subject": "Encryption",
		"message": "the default encryption does not use KMS",
		"evidence": "Encryption",
	}
}
