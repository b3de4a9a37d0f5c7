package rules.aws.ec2.security_group.unknown_account_test

import data.rules.aws.ec2.security_group.unknown_account

permission(class) := {
	"protocol": "tcp",
	"from_port": 22,
	"to_port": 22,
	"all_ports": false,
	"peer": "sg-1",
	"class": class,
	"account": "999999999999",
	"path": "IpPermissions[0].UserIdGroupPairs[0]",
}

test_fail_unknown if {
	findings := unknown_account.findings with input as {"derived": {"ingress": [permission("unknown-account")]}}
	{finding.subject | some finding in findings} == {"999999999999/sg-1"}
}

test_pass_friendly if {
	count(unknown_account.findings) == 0 with input as {"derived": {"ingress": [permission("friendly-account")]}}
}

test_missing_permissions if {
	count(unknown_account.findings) == 0 with input as {"derived": {"ingress": []}}
}

test_fail_prefix_list_of_an_unknown_account if {
	list := object.union(permission("private"), {"peer": "pl-1", "peer_kind": "prefix-list", "cidr": "10.0.0.0/8", "owner": "unknown-account"})
	findings := unknown_account.findings with input as {"derived": {"ingress": [list]}}
	{finding.subject | some finding in findings} == {"999999999999/pl-1"}
}

test_pass_prefix_list_of_a_friendly_account if {
	list := object.union(permission("internet"), {"peer": "pl-1", "peer_kind": "prefix-list", "cidr": "0.0.0.0/0", "owner": "friendly-account"})
	count(unknown_account.findings) == 0 with input as {"derived": {"ingress": [list]}}
}
