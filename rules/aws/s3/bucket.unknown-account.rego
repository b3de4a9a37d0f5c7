# METADATA
# title: S3 bucket shared with an unknown account
# description: |
#   The bucket's policy lets in an account or organisation that is neither ours nor a named third party, or its ACL
#   another owner.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.unknown-account
#   technology: aws.s3.bucket
#   score: 6
#   rationale: >-
#     Whoever controls that account can read or change the bucket's objects, and nobody here has decided so by name.
#   remediation: >-
#     Remove the account from the policy or ACL, or register it as friendly or third-party if it is meant.
#   parameters:
#     known_canonical_users: [c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0]
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.s3.bucket.unknown_account

import data.lib.policy

findings contains finding if {
	some way in policy.unknown_reach(input.derived.reach, "Policy")
	finding := {
		"subject": policy.who(way),
		"message": sprintf("the policy lets unknown %s do %s", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

findings contains finding if {
	some grant in input.config.Acl.Grants
	grant.Grantee.Type == "CanonicalUser"
	grant.Grantee.ID != input.config.Acl.Owner.ID
	not grant.Grantee.ID in input.parameters.known_canonical_users
	not acls_are_disabled
	finding := {
		"subject": sprintf("acl %s", [grant.Grantee.ID]),
		"message": sprintf("the ACL grants %s to another owner, %s", [grant.Permission, object.get(grant.Grantee, "DisplayName", grant.Grantee.ID)]),
		"evidence": "Acl.Grants",
	}
}

acls_are_disabled if {
	some ownership in input.config.OwnershipControls.Rules
	ownership.ObjectOwnership == "BucketOwnerEnforced"
}
