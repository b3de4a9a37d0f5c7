package rules.aws.rds.db_instance.public_test

import data.rules.aws.rds.db_instance.public

test_fail_public if {
	count(public.findings) == 1 with input as {"config": {"PubliclyAccessible": true}}
}

test_pass_private if {
	count(public.findings) == 0 with input as {"config": {"PubliclyAccessible": false}}
}

test_missing_flag if {
	count(public.findings) == 0 with input as {"config": {}}
	count(public.unknown) == 1 with input as {"config": {}}
}
