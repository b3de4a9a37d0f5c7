# METADATA
# title: RDS instance uses a default administrator name
# description: |
#   The administrator of the database has the name that the console proposes.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.SQLServer.CommonDBATasks.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.default-administrator-name
#   technology: aws.rds.db-instance
#   score: 2
#   rationale: Half of what an attacker has to guess is known.
#   remediation: >-
#     Create a new instance with another name: it cannot be changed.
#   equivalents:
#     security_hub: [RDS.25]
#     prowler: [rds_instance_default_admin]
package rules.aws.rds.db_instance.default_administrator_name

findings contains finding if {
	input.config.MasterUsername in {"admin", "postgres"}
	finding := {
		"subject": "MasterUsername",
		"message": sprintf("the administrator is called %s", [input.config.MasterUsername]),
		"evidence": "MasterUsername",
	}
}
