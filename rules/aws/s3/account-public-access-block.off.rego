# METADATA
# title: Account does not block public S3 access
# description: |
#   At least one of the four settings of Block Public Access is off for the whole account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.account-public-access-block.off
#   technology: aws.s3.account-public-access-block
#   score: 6
#   rationale: >-
#     The account's settings win over every bucket: with all four on, no mistake in a bucket can make it public.
#   remediation: Switch on all four settings for the account, after moving what must be public behind CloudFront.
#   equivalents:
#     security_hub: [S3.1]
#     prowler: [s3_account_level_public_access_blocks]
#     cis: {"3.0": ["2.1.4"], "4.0.1": ["2.1.4"], "5.0": ["2.1.4"]}
package rules.aws.s3.account_public_access_block.off

findings contains finding if {
	some setting in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
	not input.config.PublicAccessBlock[setting]
	finding := {
		"subject": setting,
		"message": sprintf("%s is off for the account", [setting]),
		"evidence": sprintf("PublicAccessBlock.%s", [setting]),
	}
}
