package rules.aws.s3.bucket.unknown_account_test

import data.rules.aws.s3.bucket.unknown_account

view(config, class) := {
	"config": config,
	"parameters": {"known_canonical_users": ["c4c1"]},
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

test_missing_policy_and_acl if {
	count(unknown_account.findings) == 0 with input as {"config": {}, "derived": {"reach": []}, "parameters": {"known_canonical_users": []}}
}
