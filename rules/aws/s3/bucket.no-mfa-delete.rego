# METADATA
# title: S3 bucket without MFA delete
# description: |
#   Deleting a version of an object, or switching versioning off, does not need a second factor.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.no-mfa-delete
#   technology: aws.s3.bucket
#   score: 3
#   rationale: A stolen key of an administrator is then enough to destroy what versioning protects.
#   remediation: Enable MFA delete with the root user's device, or protect the objects with Object Lock instead.
#   equivalents:
#     security_hub: [S3.20]
#     prowler: [s3_bucket_no_mfa_delete]
#     cis: {"3.0": ["2.1.2"], "4.0.1": ["2.1.2"], "5.0": ["2.1.2"]}
package rules.aws.s3.bucket.no_mfa_delete

findings contains finding if {
	object.get(input.config, ["Versioning", "MFADelete"], "Disabled") != "Enabled"
	finding := {
		"subject": "MFADelete",
		"message": "MFA delete is not enabled",
		"evidence": "Versioning.MFADelete",
	}
}
