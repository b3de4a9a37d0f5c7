# METADATA
# title: Security group accepts a security group of an unknown account
# description: |
#   An ingress rule refers to a security group of an account that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
# custom:
#   id: aws.ec2.security-group.unknown-account
#   technology: aws.ec2.security-group
#   score: 6
#   rationale: Whoever controls that account decides which machines are in the group.
#   remediation: Remove the reference, or register the account as friendly or third-party if it is meant.
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.ec2.security_group.unknown_account

import data.lib.network

findings contains finding if {
	some permission in input.derived.ingress
	permission.class == "unknown-account"
	finding := {
		"subject": sprintf("%s/%s", [permission.account, permission.peer]),
		"message": sprintf("%s is open to group %s of unknown account %s", [network.ports(permission), permission.peer, permission.account]),
		"evidence": permission.path,
	}
}
