# METADATA
# title: Security group accepts a large part of the internet
# description: |
#   An ingress rule accepts a public IPv4 network that is larger than a single organisation's usually is, without being
#   the whole internet.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: aws.ec2.security-group.wide-public-range
#   technology: aws.ec2.security-group
#   score: 4
#   rationale: >-
#     Such ranges are often typing mistakes or whole cloud regions, in which everybody can rent an address.
#   remediation: Narrow the network to the addresses that are really yours or your partner's.
#   parameters:
#     longest_prefix: 23
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     prowler: [ec2_securitygroup_allow_wide_open_public_ipv4]
#     security_monkey: [Insecure Configuration]
package rules.aws.ec2.security_group.wide_public_range

import data.lib.network

findings contains finding if {
	some permission in input.derived.ingress
	permission.class == "public"
	not permission.trusted
	not contains(permission.cidr, ":")
	permission.prefix_length <= input.parameters.longest_prefix
	finding := {
		"subject": sprintf("%s %s", [permission.cidr, network.ports(permission)]),
		"message": sprintf("%s is open to %s, a network of %d bits", [network.ports(permission), network.source(permission), permission.prefix_length]),
		"evidence": permission.path,
	}
}
