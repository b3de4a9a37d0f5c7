package rules.aws.s3.bucket.unknown_account_test

import data.rules.aws.s3.bucket.unknown_account

view(config, class) := {
	"config": config,
	"parameters": {"known_canonical_users": ["c4c1"], "load_balancing_accounts": {"us-east-1": "127311923021"}},
	"derived": {"reach": [{
		"member": "Policy",
		"subject": "Share",
		"at": "Policy.Statement[0]",
		"class": class,
		"who": "arn:aws:iam::999999999999:root",
		"account": "999999999999",
		"name": null,
		"actions": ["s3:getobject"],
		"witness": null,
	}]},
}

acl(id) := {"Acl": {"Owner": {"ID": "me"}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": id}, "Permission": "READ"}]}}

test_fail_unknown if {
	findings := unknown_account.findings with input as view({}, "unknown_account")
	{finding.subject | some finding in findings} == {"999999999999"}
}

test_fail_acl if {
	findings := unknown_account.findings with input as view(acl("them"), "same_account")
	{finding.subject | some finding in findings} == {"acl them"}
}

test_pass_friendly if {
	count(unknown_account.findings) == 0 with input as view(acl("me"), "friendly_account")
}

test_pass_known_canonical_user if {
	count(unknown_account.findings) == 0 with input as view(acl("c4c1"), "third_party_account")
}

of_account(account, actions) := {
	"config": {},
	"parameters": {"known_canonical_users": [], "load_balancing_accounts": {"us-east-1": "127311923021"}},
	"derived": {"reach": [object.union(view({}, "unknown_account").derived.reach[0], {"account": account, "actions": actions})]},
}

test_pass_load_balancing_puts_its_logs if {
	count(unknown_account.findings) == 0 with input as of_account("127311923021", ["s3:PutObject"])
}

test_fail_load_balancing_reads if {
	count(unknown_account.findings) == 1 with input as of_account("127311923021", ["s3:PutObject", "s3:GetObject"])
}

test_fail_another_account_puts if {
	count(unknown_account.findings) == 1 with input as of_account("999999999999", ["s3:PutObject"])
}

test_missing_policy_and_acl if {
	count(unknown_account.findings) == 0 with input as {"config": {}, "derived": {"reach": []}, "parameters": {"known_canonical_users": []}}
}
