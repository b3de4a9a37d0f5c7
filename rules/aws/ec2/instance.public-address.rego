# METADATA
# title: EC2 instance has a public address
# description: |
#   The instance, on any of its network interfaces, has a public IPv4 address or an IPv6 address that is not of a private network.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.instance.public-address
#   technology: aws.ec2.instance
#   score: 4
#   rationale: What has a public address depends on its security groups and its own patching alone.
#   remediation: >-
#     Put the instance into a private subnet behind a load balancer or NAT gateway, and administer it with Session
#     Manager.
#   equivalents:
#     security_hub: [EC2.9]
#     prowler: [ec2_instance_public_ip]
package rules.aws.ec2.instance.public_address

import data.lib.instance

not_applicable contains "the instance is terminated" if input.config.State.Name in {"terminated", "shutting-down"}

findings contains finding if {
	address := input.config.PublicIpAddress
	address != ""
	finding := {
		"subject": "PublicIpAddress",
		"message": sprintf("the instance has the public address %s", [address]),
		"evidence": "PublicIpAddress",
	}
}

findings contains finding if {
	some index, interface in input.config.NetworkInterfaces
	addresses := {address |
		some address in instance.public_addresses(interface)
		not address == input.config.PublicIpAddress
	}
	count(addresses) > 0
	finding := {
		"subject": interface.NetworkInterfaceId,
		"message": sprintf("%s has the public address %s", [interface.NetworkInterfaceId, concat(", ", sort(addresses))]),
		"evidence": sprintf("NetworkInterfaces[%d]", [index]),
	}
}
