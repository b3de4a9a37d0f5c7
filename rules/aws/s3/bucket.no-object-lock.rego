# METADATA
# title: S3 bucket without Object Lock
# description: |
#   Object Lock is not enabled, so no object can be protected from deletion for a fixed time.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.no-object-lock
#   technology: aws.s3.bucket
#   score: 1
#   rationale: Backups and logs that nobody can delete survive a stolen administrator key.
#   remediation: Enable Object Lock for buckets that hold backups or logs, with a default retention.
#   equivalents:
#     security_hub: [S3.15]
#     prowler: [s3_bucket_object_lock]
package rules.aws.s3.bucket.no_object_lock

findings contains finding if {
	object.get(input.config, ["ObjectLock", "ObjectLockEnabled"], "Disabled") != "Enabled"
	finding := {
		"subject": "ObjectLock",
		"message": "Object Lock is not enabled",
		"evidence": "ObjectLock.ObjectLockEnabled",
	}
}
