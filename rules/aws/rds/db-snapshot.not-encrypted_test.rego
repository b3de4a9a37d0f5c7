package rules.aws.rds.db_snapshot.not_encrypted_test

import data.rules.aws.rds.db_snapshot.not_encrypted

test_fail_plain if {
	count(not_encrypted.findings) == 1 with input as {"config": {"Encrypted": false}}
}

test_pass_encrypted if {
	count(not_encrypted.findings) == 0 with input as {"config": {"Encrypted": true}}
}

test_pass_automated if {
	count(not_encrypted.not_applicable) == 1 with input as {"config": {"Encrypted": false, "SnapshotType": "automated"}}
	count(not_encrypted.not_applicable) == 0 with input as {"config": {"Encrypted": false, "SnapshotType": "manual"}}
}

test_missing_flag if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
