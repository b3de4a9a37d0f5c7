# METADATA
# title: EC2 instance reachable from the internet on a sensitive port
# description: |
#   A security group of the instance accepts an administration, database or internal service port from practically the
#   whole internet. Without a public address the finding counts less: only a load balancer or NAT stands between. An opening for
#   IPv6 counts by the IPv6 addresses of the instance, one for IPv4 by its IPv4 addresses; without any such address it opens nothing.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-security-groups.html
# custom:
#   id: aws.ec2.instance.open-to-internet
#   technology: aws.ec2.instance
#   score: 8
#   rationale: Such services are scanned within minutes; a weak password or an unpatched service is then enough.
#   remediation: Close the port in the security group, and use Session Manager or a VPN for administration.
#   parameters:
#     ports:
#       ssh: [22]
#       rdp: [3389]
#       cifs: [139, 445]
#       mysql: [3306]
#       postgresql: [5432]
#       mongodb: [27017, 27018]
#       redis: [6379]
#       sqlserver: [1433, 1434]
#       oracle: [1521, 2483, 2484]
#       memcached: [11211]
#       elasticsearch: [9200, 9300, 5601]
#       cassandra: [7000, 7001, 7199, 9042, 9160]
#       kafka: [9092]
#       ftp: [20, 21]
#       telnet: [23]
#       ldap: [389, 636]
#       kerberos: [88, 464, 749, 750]
#   links: [aws.ec2.security-group]
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     prowler:
#       - ec2_instance_port_cifs_exposed_to_internet
#       - ec2_instance_port_mongodb_exposed_to_internet
#       - ec2_instance_port_mysql_exposed_to_internet
#       - ec2_instance_port_postgresql_exposed_to_internet
#       - ec2_instance_port_rdp_exposed_to_internet
#       - ec2_instance_port_redis_exposed_to_internet
#       - ec2_instance_port_ssh_exposed_to_internet
#     security_monkey: [Internet Accessible]
package rules.aws.ec2.instance.open_to_internet

import data.lib.instance
import data.lib.network

not_applicable contains "the instance is terminated" if input.config.State.Name in {"terminated", "shutting-down"}

findings contains finding if {
	some group in input.links["aws.ec2.security-group"]
	some permission in group.derived.ingress
	permission.internet
	family := family_of(permission.cidr)
	not has_other_family_only(family)
	permission.protocol in {"all", "tcp"}
	some service, ports in input.parameters.ports
	some port in ports
	permission.from_port <= port
	port <= permission.to_port
	finding := {
		"subject": sprintf("tcp/%d %s", [port, permission.cidr]),
		"message": sprintf("port %d (%s) is open to %s through %s", [port, service, network.source(permission), group.id]),
		"evidence": {"group": group.id, "path": permission.path},
		"score": score(family),
	}
}

score(family) := 9 if has_public_address(family)

score(family) := 4 if not has_public_address(family)

family_of(address) := "IPv6" if contains(address, ":")

family_of(address) := "IPv4" if not contains(address, ":")

has_public_address("IPv4") if input.config.PublicIpAddress

has_public_address(family) if {
	some interface in input.config.NetworkInterfaces
	some address in instance.public_addresses(interface)
	family_of(address) == family
}

# Whether the instance has addresses, and none of this family: nothing of this family arrives. An instance whose addresses are not
# known has none that says so.
has_other_family_only(family) if {
	count(families) > 0
	not family in families
}

families contains family_of(input.config.PublicIpAddress)

families contains family_of(input.config.PrivateIpAddress)

families contains family_of(input.config.Ipv6Address)

families contains family_of(address) if {
	some interface in input.config.NetworkInterfaces
	some address in instance.addresses(interface)
}
