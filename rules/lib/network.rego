# Predicates over input.derived.ingress and input.derived.egress.
package lib.network

# Whether the permission covers the TCP port.
covers(permission, port) if accepts(permission, {"tcp"}, port)

# Whether the permission covers the port of one of the protocols.
accepts(permission, protocols, port) if {
	permission.protocol in protocols | {"all"}
	permission.from_port <= port
	port <= permission.to_port
}

# "tcp/22", "tcp/20-21", "udp/all", "all", "icmp".
ports(permission) := "all" if permission.protocol == "all"

ports(permission) := sprintf("%s/all", [permission.protocol]) if {
	permission.protocol != "all"
	permission.all_ports
}

ports(permission) := sprintf("%s/%d", [permission.protocol, permission.from_port]) if {
	not permission.all_ports
	permission.from_port == permission.to_port
}

ports(permission) := sprintf("%s/%d-%d", [permission.protocol, permission.from_port, permission.to_port]) if {
	not permission.all_ports
	permission.from_port < permission.to_port
}

ports(permission) := permission.protocol if not has_ports(permission)

has_ports(permission) if permission.from_port >= 0

# Whether two port ranges share a TCP port.
overlap(permission, first, last) if {
	permission.protocol in {"all", "tcp"}
	permission.from_port <= last
	first <= permission.to_port
}

# The network as messages name it, with the prefix list that it is in.
source(permission) := sprintf("%s (in the prefix list %s)", [permission.cidr, permission.peer]) if is_listed(permission)

source(permission) := permission.cidr if not is_listed(permission)

is_listed(permission) if permission.peer_kind == "prefix-list"
