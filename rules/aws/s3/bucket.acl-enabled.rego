# METADATA
# title: S3 bucket uses ACLs
# description: |
#   Object Ownership is not BucketOwnerEnforced, so ACLs of the bucket and of each object count.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.acl-enabled
#   technology: aws.s3.bucket
#   score: 3
#   rationale: Object ACLs are set by whoever writes the object, and nobody can overlook them.
#   remediation: >-
#     Set Object Ownership to BucketOwnerEnforced after moving what the ACLs grant into the bucket's policy.
#   equivalents:
#     security_hub: [S3.12]
#     prowler: [s3_bucket_acl_prohibited]
package rules.aws.s3.bucket.acl_enabled

acls_are_disabled if {
	some ownership in input.config.OwnershipControls.Rules
	ownership.ObjectOwnership == "BucketOwnerEnforced"
}


findings contains finding if {
	not acls_are_disabled
	finding := {
		"subject": "OwnershipControls",
		"message": "ACLs are in force",
		"evidence": "OwnershipControls",
	}
}
