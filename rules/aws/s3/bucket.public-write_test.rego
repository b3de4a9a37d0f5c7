package rules.aws.s3.bucket.public_write_test

import data.rules.aws.s3.bucket.public_write

policy(actions) := [{
	"member": "Policy",
	"subject": "Open",
	"at": "Policy.Statement[0]",
	"class": "internet",
	"who": "*",
	"actions": actions,
	"witness": null,
}]

grant(uri, permission) := {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}

everybody := "http://acs.amazonaws.com/groups/global/AllUsers"

view(config, reach, account) := {
	"config": config,
	"derived": {"reach": reach},
	"collections": {"aws.s3.account-public-access-block": account},
}

test_fail_policy if {
	findings := public_write.findings with input as view({"Name": "b"}, policy(["s3:putobject"]), [])
	{finding.subject | some finding in findings} == {"policy Open"}
}

test_fail_wildcard if {
	count(public_write.findings) == 1 with input as view({"Name": "b"}, policy(["s3:*"]), [])
}

test_fail_acl if {
	findings := public_write.findings with input as view({"Acl": {"Grants": [grant(everybody, "WRITE")]}}, [], [])
	{finding.subject | some finding in findings} == {"acl AllUsers WRITE"}
}

test_pass_read_only if {
	count(public_write.findings) == 0 with input as view({"Acl": {"Grants": [grant(everybody, "READ")]}}, policy(["s3:getobject"]), [])
}

test_pass_blocked if {
	account := [{"config": {"PublicAccessBlock": {"RestrictPublicBuckets": true, "IgnorePublicAcls": true}}}]
	count(public_write.findings) == 0 with input as view({}, policy(["s3:*"]), account)
}

test_missing_everything if {
	count(public_write.findings) == 0 with input as view({}, [], [])
}
