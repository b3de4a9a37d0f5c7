# METADATA
# title: RDS instance outside a VPC
# description: |
#   The instance is not in a VPC (EC2-Classic).
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.no-vpc
#   technology: aws.rds.db-instance
#   score: 5
#   rationale: Network rules of a VPC cannot protect it.
#   remediation: Move the instance into a VPC.
#   equivalents:
#     security_hub: [RDS.18]
#     prowler: [rds_instance_inside_vpc]
#     security_monkey: [Insecure Configuration]
package rules.aws.rds.db_instance.no_vpc

findings contains finding if {
	not input.config.DBSubnetGroup.VpcId
	finding := {
		"subject": "DBSubnetGroup",
		"message": "the instance is in no VPC",
		"evidence": "DBSubnetGroup",
	}
}
