# Predicates over EC2 instances.
package lib.instance

# Addresses of a network interface that the internet can route to: public IPv4 addresses of its first and further private
# addresses, and IPv6 addresses but those of private networks (fc00::/7).
public_addresses(interface) := {address |
	some holder in array.concat([interface], object.get(interface, "PrivateIpAddresses", []))
	address := holder.Association.PublicIp
} | {address |
	some entry in object.get(interface, "Ipv6Addresses", [])
	address := entry.Ipv6Address
	not regex.match("^[fF][cCdD]", address)
}

# Every address of a network interface, private ones included.
addresses(interface) := public_addresses(interface) | {address |
	some holder in array.concat([interface], object.get(interface, "PrivateIpAddresses", []))
	address := holder.PrivateIpAddress
} | {address |
	some entry in object.get(interface, "Ipv6Addresses", [])
	address := entry.Ipv6Address
}
