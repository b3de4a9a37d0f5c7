package rules.aws.s3.bucket.public_write_test

import data.rules.aws.s3.bucket.public_write

policy(actions) := excluding(actions, [])

excluding(actions, not_actions) := [{
	"member": "Policy",
	"subject": "Open",
	"at": "Policy.Statement[0]",
	"class": "internet",
	"who": "*",
	"actions": actions,
	"not_actions": not_actions,
	"witness": null,
}]

grant(uri, permission) := {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}

everybody := "http://acs.amazonaws.com/groups/global/AllUsers"

view(config, reach, account) := {
	"config": config,
	"parameters": {"actions": ["s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy"]},
	"derived": {"reach": reach},
	"collections": {"aws.s3.account-public-access-block": account},
}

test_fail_policy if {
	findings := public_write.findings with input as view({"Name": "b"}, policy(["s3:putobject"]), [])
	{finding.subject | some finding in findings} == {"policy Open"}
}

test_fail_action_that_is_newer_than_the_list if {
	findings := public_write.findings with input as view({"Name": "b"}, policy(["s3:GetObject", "s3:UpdateBucketMetadataInventoryTableConfiguration"]), [])
	{finding.message | some finding in findings} == {"the policy lets everybody do s3:UpdateBucketMetadataInventoryTableConfiguration"}
}

test_fail_wildcard if {
	count(public_write.findings) == 1 with input as view({"Name": "b"}, policy(["s3:*"]), [])
}

test_fail_wildcard_in_the_verb if {
	count(public_write.findings) == 1 with input as view({"Name": "b"}, policy(["s3:P*"]), [])
}

test_fail_wildcard_in_another_verb_tells_what_writes if {
	findings := public_write.findings with input as view({"Name": "b"}, policy(["s3:Get*", "s3:*Object"]), [])
	{finding.message | some finding in findings} == {"the policy lets everybody do s3:*Object"}
}

test_fail_everything_but_reading if {
	count(public_write.findings) == 1 with input as view({"Name": "b"}, excluding(["* except s3:GetObject"], ["s3:getobject"]), [])
}

test_pass_everything_but_writing if {
	count(public_write.findings) == 0 with input as view({"Name": "b"}, excluding(["* except s3:Put*, s3:Delete*"], ["s3:put*", "s3:delete*"]), [])
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
