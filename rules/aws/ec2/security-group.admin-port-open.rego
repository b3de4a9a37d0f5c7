# METADATA
# title: Security group open to the internet on an administration port
# description: |
#   An ingress rule accepts SSH (22/tcp) or RDP (3389/tcp) from practically the whole internet, IPv4 or IPv6. Networks of one
#   permission are taken together, so that two halves of the internet count as the whole. Permissions for every port are
#   left to aws.ec2.security-group.all-ports-open.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.security-group.admin-port-open
#   technology: aws.ec2.security-group
#   score: 8
#   rationale: Administration ports on the internet are scanned within minutes; a weak password or an unpatched service is then enough.
#   remediation: Restrict the source to the networks you administer from, or close the port and use Session Manager.
#   parameters:
#     ports: [22, 3389]
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     security_hub: [EC2.13, EC2.14, EC2.53, EC2.54]
#     prowler:
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389
#     cis: {"3.0": ["5.2", "5.3"], "4.0.1": ["5.3", "5.4"], "5.0": ["5.3", "5.4"]}
#     security_monkey: [Internet Accessible]
package rules.aws.ec2.security_group.admin_port_open

import data.lib.network

findings contains finding if {
	some permission in input.derived.ingress
	permission.internet
	permission.protocol == "tcp"
	not permission.all_ports
	some port in input.parameters.ports
	permission.from_port <= port
	port <= permission.to_port
	finding := {
		"subject": sprintf("%s tcp/%d", [permission.cidr, port]),
		"message": sprintf("port %d is open to %s", [port, network.source(permission)]),
		"evidence": permission.path,
	}
}
