package rules.aws.rds.db_instance.no_deletion_protection_test

import data.rules.aws.rds.db_instance.no_deletion_protection

test_fail_off if {
	count(no_deletion_protection.findings) == 1 with input as {"config": {"DeletionProtection": false}}
}

test_pass_on if {
	count(no_deletion_protection.findings) == 0 with input as {"config": {"DeletionProtection": true}}
}

test_missing_flag if {
	count(no_deletion_protection.findings) == 1 with input as {"config": {}}
}
