# METADATA
# title: S3 bucket does not block public access
# description: |
#   At least one of the four settings of Block Public Access is off for the bucket, and the account does not switch it on
#   either.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.public-access-block-off
#   technology: aws.s3.bucket
#   score: 4
#   rationale: Then one wrong policy or ACL makes the bucket public; with all four on it cannot become public.
#   remediation: Switch on all four settings for the bucket, or for the whole account.
#   excused_by: [aws.s3.account-public-access-block]
#   equivalents:
#     security_hub: [S3.8]
#     prowler: [s3_bucket_level_public_access_block]
#     cis: {"3.0": ["2.1.4"], "4.0.1": ["2.1.4"], "5.0": ["2.1.4"]}
package rules.aws.s3.bucket.public_access_block_off

findings contains finding if {
	some setting in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
	not is_on(setting)
	finding := {
		"subject": setting,
		"message": sprintf("%s is off for the bucket and for the account", [setting]),
		"evidence": sprintf("PublicAccessBlock.%s", [setting]),
	}
}

is_on(setting) if input.config.PublicAccessBlock[setting]

is_on(setting) if {
	some account in input.collections["aws.s3.account-public-access-block"]
	account.config.PublicAccessBlock[setting]
}
