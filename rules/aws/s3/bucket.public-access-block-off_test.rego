package rules.aws.s3.bucket.public_access_block_off_test

import data.rules.aws.s3.bucket.public_access_block_off

all_on := {setting: true | some setting in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]}

view(config, account) := {"config": config, "collections": {"aws.s3.account-public-access-block": account}}

test_fail_one_off if {
	findings := public_access_block_off.findings with input as view({"PublicAccessBlock": object.union(all_on, {"BlockPublicPolicy": false})}, [])
	{finding.subject | some finding in findings} == {"BlockPublicPolicy"}
}

test_pass_bucket if {
	count(public_access_block_off.findings) == 0 with input as view({"PublicAccessBlock": all_on}, [])
}

test_pass_account if {
	count(public_access_block_off.findings) == 0 with input as view({}, [{"config": {"PublicAccessBlock": all_on}}])
}

test_missing_block if {
	count(public_access_block_off.findings) == 4 with input as view({}, [])
}
