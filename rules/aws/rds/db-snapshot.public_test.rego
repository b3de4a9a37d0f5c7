package rules.aws.rds.db_snapshot.public_test

import data.rules.aws.rds.db_snapshot.public

view(values) := {"config": {"DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": values}]}}

test_fail_public if {
	count(public.findings) == 1 with input as view(["all"])
}

test_pass_account if {
	count(public.findings) == 0 with input as view(["111111111111"])
}

test_missing_attributes if {
	count(public.findings) == 0 with input as {"config": {}}
	count(public.unknown) == 1 with input as {"config": {}}
	count(public.unknown) == 0 with input as {"config": {"SnapshotType": "automated"}}
	count(public.unknown) == 0 with input as view([])
}
