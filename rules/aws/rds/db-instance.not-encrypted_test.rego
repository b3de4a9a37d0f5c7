package rules.aws.rds.db_instance.not_encrypted_test

import data.rules.aws.rds.db_instance.not_encrypted

test_fail_plain if {
	count(not_encrypted.findings) == 1 with input as {"config": {"StorageEncrypted": false}}
}

test_pass_encrypted if {
	count(not_encrypted.findings) == 0 with input as {"config": {"StorageEncrypted": true}}
}

test_missing_flag if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
