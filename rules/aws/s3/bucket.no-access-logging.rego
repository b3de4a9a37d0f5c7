# METADATA
# title: S3 bucket without server access logging
# description: |
#   Requests to the bucket are not logged.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.no-access-logging
#   technology: aws.s3.bucket
#   score: 3
#   rationale: Without a log nobody can say who read or changed an object.
#   remediation: Enable server access logging to a log bucket, or CloudTrail data events for the bucket.
#   equivalents:
#     security_hub: [S3.9]
#     prowler: [s3_bucket_server_access_logging_enabled]
package rules.aws.s3.bucket.no_access_logging

findings contains finding if {
	not input.config.Logging.TargetBucket
	finding := {
		"subject": "Logging",
		"message": "server access logging is off",
		"evidence": "Logging",
	}
}
