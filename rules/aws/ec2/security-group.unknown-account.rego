# METADATA
# title: Security group accepts a security group or prefix list of an unknown account
# description: |
#   An ingress rule refers to a security group, or to a shared prefix list, of an account that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/sharing-managed-prefix-lists.html
# custom:
#   id: aws.ec2.security-group.unknown-account
#   technology: aws.ec2.security-group
#   score: 6
#   rationale: Whoever controls that account decides which machines are in the group, or which networks are in the list.
#   remediation: Remove the reference, or register the account as friendly or third-party if it is meant.
#   reads: [aws.ec2.managed-prefix-list]
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

findings contains finding if {
	some permission in input.derived.ingress
	permission.owner == "unknown-account"
	finding := {
		"subject": sprintf("%s/%s", [permission.account, permission.peer]),
		"message": sprintf("%s is open to whatever unknown account %s puts into the prefix list %s", [network.ports(permission), permission.account, permission.peer]),
		"evidence": permission.path,
	}
}
