package rules.aws.elbv2.load_balancer.open_to_internet_test

import data.rules.aws.elbv2.load_balancer.open_to_internet

permission(internet, port) := {
	"protocol": "tcp",
	"from_port": port,
	"to_port": port,
	"all_ports": false,
	"cidr": "0.0.0.0/0",
	"internet": internet,
	"path": "IpPermissions[0].IpRanges[0]",
}

group(internet, port) := {"aws.ec2.security-group": [{"id": "sg-1", "derived": {"ingress": [permission(internet, port)]}}]}

view(scheme, kind, links) := {
	"config": {"Scheme": scheme, "Type": kind, "SecurityGroups": ["sg-1"], "Listeners": [{"Protocol": "HTTPS", "Port": 443}]},
	"links": links,
}

test_fail_open if {
	findings := open_to_internet.findings with input as view("internet-facing", "application", group(true, 443))
	{finding.subject | some finding in findings} == {"HTTPS/443 0.0.0.0/0"}
}

of_protocol(listener, protocol) := {
	"config": {"Scheme": "internet-facing", "Type": "network", "SecurityGroups": ["sg-1"], "Listeners": [{"Protocol": listener, "Port": 53}]},
	"links": {"aws.ec2.security-group": [{"id": "sg-1", "derived": {"ingress": [object.union(permission(true, 53), {"protocol": protocol})]}}]},
}

test_fail_udp if {
	count(open_to_internet.findings) == 1 with input as of_protocol("UDP", "udp")
	count(open_to_internet.findings) == 1 with input as of_protocol("TCP_UDP", "udp")
	count(open_to_internet.findings) == 1 with input as of_protocol("TCP_UDP", "tcp")
	count(open_to_internet.findings) == 1 with input as of_protocol("QUIC", "all")
}

test_pass_other_protocol if {
	count(open_to_internet.findings) == 0 with input as of_protocol("UDP", "tcp")
	count(open_to_internet.findings) == 0 with input as of_protocol("TLS", "udp")
}

test_fail_network_without_groups if {
	config := {"Scheme": "internet-facing", "Type": "network", "Listeners": [{"Protocol": "TCP", "Port": 25}]}
	count(open_to_internet.findings) == 1 with input as {"config": config, "links": {}}
}

test_pass_internal if {
	count(open_to_internet.findings) == 0 with input as view("internal", "application", group(true, 443))
}

test_pass_port_closed if {
	count(open_to_internet.findings) == 0 with input as view("internet-facing", "application", group(true, 80))
}

test_pass_own_network if {
	count(open_to_internet.findings) == 0 with input as view("internet-facing", "application", group(false, 443))
}

test_missing_listeners if {
	count(open_to_internet.findings) == 0 with input as {"config": {"Scheme": "internet-facing", "Type": "application"}, "links": group(true, 443)}
}
