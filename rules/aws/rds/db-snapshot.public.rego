# METADATA
# title: RDS snapshot is public
# description: |
#   Everybody with an AWS account may restore the snapshot and read the database in it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-snapshot.public
#   technology: aws.rds.db-snapshot
#   score: 9
#   rationale: Public snapshots are listed and searched by strangers around the clock.
#   remediation: Remove all from the snapshot's restore attribute; share with named accounts where you must.
#   equivalents:
#     security_hub: [RDS.1]
#     prowler: [rds_snapshots_public_access]
#     security_monkey: [Internet Accessible]
package rules.aws.rds.db_snapshot.public

# Automated snapshots cannot be shared, and are not asked for it.
unknown contains "AWS did not say who may restore the snapshot" if {
	object.get(input.config, "SnapshotType", "manual") != "automated"
	not input.config.DBSnapshotAttributes
}

findings contains finding if {
	some attribute in input.config.DBSnapshotAttributes
	attribute.AttributeName == "restore"
	"all" in attribute.AttributeValues
	finding := {
		"subject": "all",
		"message": "everybody may restore the snapshot",
		"evidence": "DBSnapshotAttributes",
	}
}
