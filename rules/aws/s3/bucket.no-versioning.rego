# METADATA
# title: S3 bucket without versioning
# description: |
#   Versioning is not enabled for the bucket.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.no-versioning
#   technology: aws.s3.bucket
#   score: 3
#   rationale: Overwritten and deleted objects cannot be brought back, whether by mistake or by ransomware.
#   remediation: Enable versioning, with a lifecycle rule that removes old versions after a while.
#   equivalents:
#     security_hub: [S3.14]
#     prowler: [s3_bucket_object_versioning]
package rules.aws.s3.bucket.no_versioning

findings contains finding if {
	object.get(input.config, ["Versioning", "Status"], "never enabled") != "Enabled"
	finding := {
		"subject": "Versioning",
		"message": "versioning is not enabled",
		"evidence": "Versioning.Status",
	}
}
