package rules.aws.s3.bucket.public_test

import data.rules.aws.s3.bucket.public

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
	findings := public.findings with input as view({"Name": "b"}, policy(["s3:getobject"]), [])
	{finding.subject | some finding in findings} == {"policy Open"}
}

test_fail_acl if {
	findings := public.findings with input as view({"Acl": {"Grants": [grant(everybody, "READ")]}}, [], [])
	{finding.subject | some finding in findings} == {"acl AllUsers READ"}
}

test_pass_blocked_by_bucket if {
	blocked := {"PublicAccessBlock": {"RestrictPublicBuckets": true, "IgnorePublicAcls": true}, "Acl": {"Grants": [grant(everybody, "READ")]}}
	count(public.findings) == 0 with input as view(blocked, policy(["s3:getobject"]), [])
}

test_pass_blocked_by_account if {
	account := [{"config": {"PublicAccessBlock": {"RestrictPublicBuckets": true, "IgnorePublicAcls": true}}}]
	count(public.findings) == 0 with input as view({"Acl": {"Grants": [grant(everybody, "READ")]}}, policy(["s3:getobject"]), account)
}

test_pass_acls_disabled if {
	config := {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "Acl": {"Grants": [grant(everybody, "READ")]}}
	count(public.findings) == 0 with input as view(config, [], [])
}

test_missing_everything if {
	count(public.findings) == 0 with input as view({}, [], [])
}
