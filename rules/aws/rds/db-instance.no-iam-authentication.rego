# METADATA
# title: RDS instance without IAM authentication
# description: |
#   People and programs sign in to the database with passwords only.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.no-iam-authentication
#   technology: aws.rds.db-instance
#   score: 2
#   rationale: Passwords live long and are shared; IAM tokens live 15 minutes and are logged.
#   remediation: Enable IAM database authentication where the engine supports it.
#   equivalents:
#     security_hub: [RDS.10]
#     prowler: [rds_instance_iam_authentication_enabled]
package rules.aws.rds.db_instance.no_iam_authentication

not_applicable contains "the engine does not support it" if not regex.match(`^(aurora|mysql|mariadb|postgres)`, object.get(input.config, "Engine", "postgres"))

findings contains finding if {
	object.get(input.config, "IAMDatabaseAuthenticationEnabled", false) == false
	finding := {
		"subject": "IAMDatabaseAuthenticationEnabled",
		"message": "IAM authentication is off",
		"evidence": "IAMDatabaseAuthenticationEnabled",
	}
}
