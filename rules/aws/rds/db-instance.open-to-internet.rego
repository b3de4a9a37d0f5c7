# METADATA
# title: RDS instance can be reached from the internet
# description: |
#   The instance is publicly accessible and one of its security groups accepts its port from practically the whole
#   internet.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html
# custom:
#   id: aws.rds.db-instance.open-to-internet
#   technology: aws.rds.db-instance
#   score: 9
#   rationale: The database's password is then tried by everybody, and a hole in the engine is enough.
#   remediation: Close the port in the security group, and switch off public access.
#   links: [aws.ec2.security-group]
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     security_monkey: [Internet Accessible]
package rules.aws.rds.db_instance.open_to_internet

import data.lib.network

unknown contains "AWS did not say whether the instance is publicly accessible" if not is_boolean(input.config.PubliclyAccessible)

unknown contains "AWS did not say which port the instance listens on" if {
	input.config.PubliclyAccessible
	not input.config.Endpoint.Port
}

findings contains finding if {
	input.config.PubliclyAccessible
	some group in input.links["aws.ec2.security-group"]
	some permission in group.derived.ingress
	permission.internet
	network.covers(permission, input.config.Endpoint.Port)
	finding := {
		"subject": sprintf("%s %s", [group.id, permission.cidr]),
		"message": sprintf("port %d is open to %s through %s", [input.config.Endpoint.Port, network.source(permission), group.id]),
		"evidence": {"group": group.id, "path": permission.path},
	}
}
