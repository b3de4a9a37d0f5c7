# METADATA
# title: Load balancer reachable from the internet
# description: |
#   An internet-facing load balancer has a listener whose port its security groups accept from practically the whole
#   internet. A network load balancer without security groups accepts everybody.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
# custom:
#   id: aws.elbv2.load-balancer.open-to-internet
#   technology: aws.elbv2.load-balancer
#   score: 3
#   rationale: >-
#     That is often meant; then justify it. It is the list of everything that the internet can talk to through a load
#     balancer.
#   remediation: Make the load balancer internal, or narrow the security group to those who use it.
#   links: [aws.ec2.security-group]
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     prowler: [elbv2_internet_facing]
#     security_monkey: [Internet Accessible]
package rules.aws.elbv2.load_balancer.open_to_internet

import data.lib.network

findings contains finding if {
	input.config.Scheme == "internet-facing"
	some listener in input.config.Listeners
	some group in input.links["aws.ec2.security-group"]
	some permission in group.derived.ingress
	permission.internet
	network.accepts(permission, protocols(listener), listener.Port)
	finding := {
		"subject": sprintf("%s/%d %s", [listener.Protocol, listener.Port, permission.cidr]),
		"message": sprintf("the %s listener on port %d is open to %s through %s", [listener.Protocol, listener.Port, network.source(permission), group.id]),
		"evidence": {"group": group.id, "path": permission.path},
	}
}

findings contains finding if {
	input.config.Scheme == "internet-facing"
	input.config.Type == "network"
	count(object.get(input.config, "SecurityGroups", [])) == 0
	some listener in input.config.Listeners
	finding := {
		"subject": sprintf("%s/%d any", [listener.Protocol, listener.Port]),
		"message": sprintf("the %s listener on port %d is open to everybody: the load balancer has no security group", [listener.Protocol, listener.Port]),
		"evidence": "Listeners",
	}
}

protocols(listener) := {"udp"} if listener.Protocol in {"UDP", "QUIC"}

protocols(listener) := {"tcp", "udp"} if listener.Protocol in {"TCP_UDP", "TCP_QUIC"}

protocols(listener) := {"tcp"} if not listener.Protocol in {"UDP", "QUIC", "TCP_UDP", "TCP_QUIC"}
