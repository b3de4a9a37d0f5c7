# METADATA
# title: RDS instance without automated backups
# description: |
#   Automated backups are off or kept for fewer than seven days.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.no-backups
#   technology: aws.rds.db-instance
#   score: 4
#   rationale: Data that is lost or encrypted by somebody else cannot be brought back.
#   remediation: Set a backup retention of at least seven days.
#   parameters:
#     days: 7
#   equivalents:
#     security_hub: [RDS.11]
#     prowler: [rds_instance_backup_enabled]
package rules.aws.rds.db_instance.no_backups

not_applicable contains "a replica is backed up with its source" if input.config.ReadReplicaSourceDBInstanceIdentifier

findings contains finding if {
	days := object.get(input.config, "BackupRetentionPeriod", 0)
	days < input.parameters.days
	finding := {
		"subject": "BackupRetentionPeriod",
		"message": sprintf("backups are kept for %d days", [days]),
		"evidence": "BackupRetentionPeriod",
	}
}
