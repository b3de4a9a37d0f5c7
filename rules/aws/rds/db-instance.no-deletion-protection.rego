# METADATA
# title: RDS instance without deletion protection
# description: |
#   The instance can be deleted by one call.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.no-deletion-protection
#   technology: aws.rds.db-instance
#   score: 3
#   rationale: A mistake or a stolen key is then enough to destroy it.
#   remediation: Enable deletion protection.
#   equivalents:
#     security_hub: [RDS.8]
#     prowler: [rds_instance_deletion_protection]
package rules.aws.rds.db_instance.no_deletion_protection

not_applicable contains "the cluster protects it" if input.config.DBClusterIdentifier

findings contains finding if {
	object.get(input.config, "DeletionProtection", false) == false
	finding := {
		"subject": "DeletionProtection",
		"message": "deletion protection is off",
		"evidence": "DeletionProtection",
	}
}
