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
