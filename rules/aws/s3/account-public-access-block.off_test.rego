package rules.aws.s3.account_public_access_block.off_test

import data.rules.aws.s3.account_public_access_block.off

all_on := {setting: true | some setting in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]}

test_fail_one_off if {
	findings := off.findings with input as {"config": {"PublicAccessBlock": object.union(all_on, {"BlockPublicAcls": false})}}
	{finding.subject | some finding in findings} == {"BlockPublicAcls"}
}

test_pass_all_on if {
	count(off.findings) == 0 with input as {"config": {"PublicAccessBlock": all_on}}
}

test_missing_settings if {
	count(off.findings) == 4 with input as {"config": {}}
}
