# METADATA
# title: RDS snapshot is not encrypted
# description: |
#   The snapshot is stored without encryption.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-snapshot.not-encrypted
#   technology: aws.rds.db-snapshot
#   score: 4
#   rationale: An unencrypted snapshot can be shared and copied without any decision about a key.
#   remediation: Copy the snapshot with encryption and delete the unencrypted one.
#   equivalents:
#     security_hub: [RDS.4]
#     prowler: [rds_snapshots_encrypted]
package rules.aws.rds.db_snapshot.not_encrypted

not_applicable contains "it is an automated snapshot: it is encrypted as its instance is" if input.config.SnapshotType == "automated"

findings contains finding if {
	object.get(input.config, "Encrypted", false) == false
	finding := {
		"subject": "Encrypted",
		"message": "the snapshot is not encrypted",
		"evidence": "Encrypted",
	}
}
