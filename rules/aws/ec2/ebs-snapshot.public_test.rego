package rules.aws.ec2.ebs_snapshot.public_test

import data.rules.aws.ec2.ebs_snapshot.public

test_fail_public if {
	count(public.findings) == 1 with input as {"config": {"CreateVolumePermissions": [{"Group": "all"}]}}
}

test_pass_shared_with_an_account if {
	count(public.findings) == 0 with input as {"config": {"CreateVolumePermissions": [{"UserId": "111111111111"}]}}
}

test_missing_permissions if {
	count(public.findings) == 0 with input as {"config": {}}
	count(public.unknown) == 1 with input as {"config": {}}
	count(public.unknown) == 0 with input as {"config": {"CreateVolumePermissions": []}}
}
