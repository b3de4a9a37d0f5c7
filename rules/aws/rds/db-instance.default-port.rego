# METADATA
# title: RDS instance uses its engine's default port
# description: |
#   The instance listens on the port everybody tries first.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html
# custom:
#   id: aws.rds.db-instance.default-port
#   technology: aws.rds.db-instance
#   score: 1
#   rationale: Another port keeps the dullest scanners away, nothing more.
#   remediation: Choose another port when the instance is next changed.
#   parameters:
#     ports: {mariadb: 3306, mysql: 3306, oracle: 1521, postgres: 5432, sqlserver: 1433}
#   equivalents:
#     security_hub: [RDS.23]
#     prowler: [rds_instance_non_default_port]
package rules.aws.rds.db_instance.default_port

findings contains finding if {
	some engine, port in input.parameters.ports
	startswith(input.config.Engine, engine)
	input.config.Endpoint.Port == port
	finding := {
		"subject": "Endpoint.Port",
		"message": sprintf("%s listens on %d", [input.config.Engine, port]),
		"evidence": "Endpoint.Port",
	}
}
