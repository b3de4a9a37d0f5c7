# METADATA
# title: Trail is not encrypted with a KMS key
# description: |
#   The trail's log files are not encrypted with a KMS key of your own.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
# custom:
#   id: aws.cloudtrail.trail.not-encrypted
#   technology: aws.cloudtrail.trail
#   score: 4
#   rationale: With a key, reading the log also needs the key's permission.
#   remediation: Set a KMS key for the trail whose policy lets CloudTrail encrypt with it.
#   equivalents:
#     security_hub: [CloudTrail.2]
#     prowler: [cloudtrail_kms_encryption_enabled]
#     cis: {"3.0": ["3.5"], "4.0.1": ["3.5"], "5.0": ["3.5"]}
package rules.aws.cloudtrail.trail.not_encrypted

findings contains finding if {
	object.get(input.config, "KmsKeyId", "") == ""
	finding := {
		"subject": "KmsKeyId",
		"message": "the trail has no KMS key",
		"evidence": "KmsKeyId",
	}
}
