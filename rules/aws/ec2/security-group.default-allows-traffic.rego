# METADATA
# title: Default security group allows traffic
# description: |
#   The default group of a VPC has ingress or egress rules. Everything launched without a group of its own gets this one.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.security-group.default-allows-traffic
#   technology: aws.ec2.security-group
#   score: 6
#   rationale: A default that allows nothing makes every connection a decision that somebody took.
#   remediation: Remove all rules of the default group and give every resource a group of its own.
#   equivalents:
#     security_hub: [EC2.2]
#     prowler: [ec2_securitygroup_default_restrict_traffic]
#     cis: {"3.0": ["5.4"], "4.0.1": ["5.5"], "5.0": ["5.5"]}
package rules.aws.ec2.security_group.default_allows_traffic

import data.lib.network

not_applicable contains "it is not a default group" if input.config.GroupName != "default"

findings contains finding if {
	some permission in input.derived.ingress
	finding := {
		"subject": sprintf("ingress %s %s", [permission.peer, network.ports(permission)]),
		"message": sprintf("the default group accepts %s from %s", [network.ports(permission), permission.peer]),
		"evidence": permission.path,
	}
}

findings contains finding if {
	some permission in input.derived.egress
	finding := {
		"subject": sprintf("egress %s %s", [permission.peer, network.ports(permission)]),
		"message": sprintf("the default group lets out %s to %s", [network.ports(permission), permission.peer]),
		"evidence": permission.path,
	}
}
