# METADATA
# title: Security group open to the internet on every port
# description: |
#   An ingress rule accepts every port of all protocols, of TCP or of UDP from practically the whole internet, IPv4 or
#   IPv6.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.security-group.all-ports-open
#   technology: aws.ec2.security-group
#   score: 9
#   rationale: Whatever listens behind the group, now or after the next deployment, is reachable by everybody.
#   remediation: >-
#     Replace the permission by one per service, with the ports that service needs and the networks that use it.
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     security_hub: [EC2.18]
#     prowler: [ec2_securitygroup_allow_ingress_from_internet_to_all_ports]
#     cis: {"3.0": ["5.2", "5.3"], "4.0.1": ["5.3", "5.4"], "5.0": ["5.3", "5.4"]}
#     security_monkey: [Internet Accessible]
package rules.aws.ec2.security_group.all_ports_open

import data.lib.network

findings contains finding if {
	some permission in input.derived.ingress
	permission.internet
	permission.all_ports
	finding := {
		"subject": sprintf("%s %s", [permission.cidr, network.ports(permission)]),
		"message": sprintf("every port (%s) is open to %s", [permission.protocol, network.source(permission)]),
		"evidence": permission.path,
	}
}
