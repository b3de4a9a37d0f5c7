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
	writing := [action | some action in way.actions; writes(action)]
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

writes(action) if regex.match(`^(\*|s3:(\*|put|delete|create|abort|restore|replicate|bypass|update).*)$`, lower(action))

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
