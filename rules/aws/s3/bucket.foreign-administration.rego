# METADATA
# title: S3 bucket can be administered by other accounts
# description: |
#   The bucket's policy lets another account, friendly ones included, or everybody change the bucket's policy, ACLs or
#   encryption; denies and conditions are taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.foreign-administration
#   technology: aws.s3.bucket
#   score: 7
#   rationale: Whoever may change the policy may give the bucket to anybody, without the owner doing anything.
#   remediation: >-
#     Grant other accounts the actions on objects that they need, and keep the administration of the bucket in its own
#     account.
#   parameters:
#     actions:
#       - "s3:DeleteBucketPolicy"
#       - "s3:PutBucketAcl"
#       - "s3:PutBucketPolicy"
#       - "s3:PutEncryptionConfiguration"
#       - "s3:PutObjectAcl"
#   equivalents:
#     security_hub: [S3.6]
#     prowler: [s3_bucket_cross_account_access]
#     security_monkey: [Friendly Cross Account, Thirdparty Cross Account]
package rules.aws.s3.bucket.foreign_administration

import data.lib.policy

findings contains finding if {
	classes := {"internet", "any_aws_account", "unknown_account", "unknown_organisation", "third_party_account", "friendly_account", "organisation"}
	some way in policy.reach_of(input.derived.reach, "Policy", classes)
	allowed := policy.allowed(way, {lower(action) | some action in input.parameters.actions})
	administrative := [action | some action in input.parameters.actions; lower(action) in allowed]
	count(administrative) > 0
	finding := {
		"subject": sprintf("%s %s", [way.subject, policy.who(way)]),
		"message": sprintf("%s may do %s", [way.who, policy.shorten(administrative)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
