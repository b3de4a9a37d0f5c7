# METADATA
# title: S3 bucket can be written by everybody
# description: |
#   The bucket's policy or ACL lets everybody, or everybody with an AWS account, write or delete objects or change the
#   bucket's permissions, and no public access block stands in the way.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.public-write
#   technology: aws.s3.bucket
#   score: 10
#   rationale: Strangers can replace what your users download, fill the bucket at your cost, or take it over.
#   remediation: Remove the statement or grant, and switch on Block Public Access for the bucket or the account.
#   parameters:
#     actions:
#       - "s3:AbortMultipartUpload"
#       - "s3:BypassGovernanceRetention"
#       - "s3:DeleteBucket"
#       - "s3:DeleteBucketOwnershipControls"
#       - "s3:DeleteBucketPolicy"
#       - "s3:DeleteBucketPublicAccessBlock"
#       - "s3:DeleteBucketWebsite"
#       - "s3:DeleteObject"
#       - "s3:DeleteObjectTagging"
#       - "s3:DeleteObjectVersion"
#       - "s3:DeleteObjectVersionTagging"
#       - "s3:ObjectOwnerOverrideToBucketOwner"
#       - "s3:PutAccelerateConfiguration"
#       - "s3:PutAnalyticsConfiguration"
#       - "s3:PutBucketAcl"
#       - "s3:PutBucketCORS"
#       - "s3:PutBucketLogging"
#       - "s3:PutBucketNotification"
#       - "s3:PutBucketObjectLockConfiguration"
#       - "s3:PutBucketOwnershipControls"
#       - "s3:PutBucketPolicy"
#       - "s3:PutBucketPublicAccessBlock"
#       - "s3:PutBucketRequestPayment"
#       - "s3:PutBucketTagging"
#       - "s3:PutBucketVersioning"
#       - "s3:PutBucketWebsite"
#       - "s3:PutEncryptionConfiguration"
#       - "s3:PutIntelligentTieringConfiguration"
#       - "s3:PutInventoryConfiguration"
#       - "s3:PutLifecycleConfiguration"
#       - "s3:PutMetricsConfiguration"
#       - "s3:PutObject"
#       - "s3:PutObjectAcl"
#       - "s3:PutObjectLegalHold"
#       - "s3:PutObjectRetention"
#       - "s3:PutObjectTagging"
#       - "s3:PutObjectVersionAcl"
#       - "s3:PutObjectVersionTagging"
#       - "s3:PutReplicationConfiguration"
#       - "s3:ReplicateDelete"
#       - "s3:ReplicateObject"
#       - "s3:ReplicateTags"
#       - "s3:RestoreObject"
#   excused_by: [aws.s3.account-public-access-block]
#   equivalents:
#     security_hub: [S3.3]
#     prowler: [s3_bucket_policy_public_write_access, s3_bucket_public_write_acl]
#     security_monkey: [Internet Accessible]
package rules.aws.s3.bucket.public_write

import data.lib.policy
import data.lib.s3

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "Policy")
	not policies_are_blocked
	writing := array.concat(policy.patterns_for(way, writes), unlisted(way))
	count(writing) > 0
	finding := {
		"subject": sprintf("policy %s", [way.subject]),
		"message": sprintf("the policy lets everybody do %s", [policy.shorten(writing)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

findings contains finding if {
	some grant in input.config.Acl.Grants
	group := s3.public_group(grant)
	grant.Permission in {"FULL_CONTROL", "WRITE", "WRITE_ACP"}
	not acls_are_ignored
	finding := {
		"subject": sprintf("acl %s %s", [group, grant.Permission]),
		"message": sprintf("the ACL grants %s to %s", [grant.Permission, group]),
		"evidence": "Acl.Grants",
	}
}

# Actions that write by their name, and are newer than the list.
unlisted(way) := [action |
	count(way.not_actions) == 0
	some action in way.actions
	regex.match(`^s3:(put|delete|create|abort|restore|replicate|bypass|update)[a-z]*$`, lower(action))
	not lower(action) in writes
]

writes := {lower(action) | some action in input.parameters.actions}

policies_are_blocked if input.config.PublicAccessBlock.RestrictPublicBuckets

policies_are_blocked if {
	some account in input.collections["aws.s3.account-public-access-block"]
	account.config.PublicAccessBlock.RestrictPublicBuckets
}

acls_are_ignored if input.config.PublicAccessBlock.IgnorePublicAcls

acls_are_ignored if {
	some account in input.collections["aws.s3.account-public-access-block"]
	account.config.PublicAccessBlock.IgnorePublicAcls
}

acls_are_ignored if {
	some ownership in input.config.OwnershipControls.Rules
	ownership.ObjectOwnership == "BucketOwnerEnforced"
}
