# METADATA
# title: RDS instance has a public address
# description: |
#   The instance is publicly accessible: its name resolves to a public address.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.public
#   technology: aws.rds.db-instance
#   score: 7
#   rationale: Only its security groups and its password then stand between the data and the internet.
#   remediation: Switch off public access, and reach the database from inside the VPC.
#   equivalents:
#     security_hub: [RDS.2]
#     prowler: [rds_instance_no_public_access]
#     cis: {"3.0": ["2.3.3"], "4.0.1": ["2.2.3"], "5.0": ["2.2.3"]}
#     security_monkey: [Internet Accessible]
package rules.aws.rds.db_instance.public

unknown contains "AWS did not say whether the instance is publicly accessible" if not is_boolean(input.config.PubliclyAccessible)

findings contains finding if {
	input.config.PubliclyAccessible
	finding := {
		"subject": "PubliclyAccessible",
		"message": "the instance is publicly accessible",
		"evidence": "PubliclyAccessible",
	}
}
