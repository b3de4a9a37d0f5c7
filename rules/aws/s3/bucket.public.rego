# METADATA
# title: S3 bucket is public
# description: |
#   The bucket's policy or ACL lets in everybody, or everybody with an AWS account, and no public access block of the
#   bucket or of the account stands in the way. ACLs count only while they are in force (Object Ownership).
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.public
#   technology: aws.s3.bucket
#   score: 9
#   rationale: Public buckets are found by name within days; what is in them is then copied for good.
#   remediation: >-
#     Switch on Block Public Access for the bucket or the account, and let CloudFront or signed addresses serve what
#     must be public.
#   excused_by: [aws.s3.account-public-access-block]
#   equivalents:
#     security_hub: [S3.2]
#     prowler: [s3_bucket_public_access, s3_bucket_public_list_acl]
#     security_monkey: [Internet Accessible]
package rules.aws.s3.bucket.public

import data.lib.policy
import data.lib.s3

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "Policy")
	not policies_are_blocked
	finding := {
		"subject": sprintf("policy %s", [way.subject]),
		"message": sprintf("the policy lets everybody do %s", [policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

findings contains finding if {
	some grant in input.config.Acl.Grants
	group := s3.public_group(grant)
	not acls_are_ignored
	finding := {
		"subject": sprintf("acl %s %s", [group, grant.Permission]),
		"message": sprintf("the ACL grants %s to %s", [grant.Permission, group]),
		"evidence": "Acl.Grants",
	}
}

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
