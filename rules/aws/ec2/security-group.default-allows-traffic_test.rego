package rules.aws.ec2.security_group.default_allows_traffic_test

import data.rules.aws.ec2.security_group.default_allows_traffic

permission(cidr, internet, protocol, from, to) := {
	"protocol": protocol,
	"from_port": from,
	"to_port": to,
	"all_ports": from + to == 65535,
	"cidr": cidr,
	"peer": cidr,
	"peer_kind": "cidr",
	"class": "internet",
	"internet": internet,
	"prefix_length": 0,
	"path": "IpPermissions[0].IpRanges[0]",
}

view(name, ingress, egress) := {"config": {"GroupName": name}, "derived": {"ingress": ingress, "egress": egress}}

test_fail_both if {
	open := [permission("0.0.0.0/0", true, "all", 0, 65535)]
	findings := default_allows_traffic.findings with input as view("default", open, open)
	{finding.subject | some finding in findings} == {"ingress 0.0.0.0/0 all", "egress 0.0.0.0/0 all"}
}

test_pass_empty if {
	count(default_allows_traffic.findings) == 0 with input as view("default", [], [])
}

test_pass_other_group if {
	count(default_allows_traffic.not_applicable) == 1 with input as view("web", [], [])
}

test_missing_name if {
	count(default_allows_traffic.not_applicable) == 0 with input as {"config": {}, "derived": {"ingress": [], "egress": []}}
}
