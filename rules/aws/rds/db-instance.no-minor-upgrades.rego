# METADATA
# title: RDS instance does not take minor upgrades
# description: |
#   Automatic minor version upgrades are off.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.no-minor-upgrades
#   technology: aws.rds.db-instance
#   score: 3
#   rationale: Security fixes of the engine come as minor versions.
#   remediation: Switch on automatic minor version upgrades.
#   equivalents:
#     security_hub: [RDS.13]
#     prowler: [rds_instance_minor_version_upgrade_enabled]
#     cis: {"3.0": ["2.3.2"], "4.0.1": ["2.2.2"], "5.0": ["2.2.2"]}
package rules.aws.rds.db_instance.no_minor_upgrades

findings contains finding if {
	object.get(input.config, "AutoMinorVersionUpgrade", false) == false
	finding := {
		"subject": "AutoMinorVersionUpgrade",
		"message": "automatic minor version upgrades are off",
		"evidence": "AutoMinorVersionUpgrade",
	}
}
