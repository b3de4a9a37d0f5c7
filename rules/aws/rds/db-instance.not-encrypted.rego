# METADATA
# title: RDS instance is not encrypted
# description: |
#   The instance's storage, its automated backups, replicas and snapshots are not encrypted.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.not-encrypted
#   technology: aws.rds.db-instance
#   score: 6
#   rationale: Whoever gets a snapshot or backup can read it.
#   remediation: >-
#     Restore an encrypted copy of a snapshot: encryption cannot be switched on later.
#   equivalents:
#     security_hub: [RDS.3]
#     prowler: [rds_instance_storage_encrypted]
#     cis: {"3.0": ["2.3.1"], "4.0.1": ["2.2.1"], "5.0": ["2.2.1"]}
package rules.aws.rds.db_instance.not_encrypted

findings contains finding if {
	object.get(input.config, "StorageEncrypted", false) == false
	finding := {
		"subject": "StorageEncrypted",
		"message": "the storage is not encrypted",
		"evidence": "StorageEncrypted",
	}
}
