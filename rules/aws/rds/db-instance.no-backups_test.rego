package rules.aws.rds.db_instance.no_backups_test

import data.rules.aws.rds.db_instance.no_backups

test_fail_off if {
	count(no_backups.findings) == 1 with input as {"config": {"BackupRetentionPeriod": 0}, "parameters": {"days": 7}}
}

test_pass_week if {
	count(no_backups.findings) == 0 with input as {"config": {"BackupRetentionPeriod": 7}, "parameters": {"days": 7}}
}

test_missing_period if {
	count(no_backups.findings) == 1 with input as {"config": {}, "parameters": {"days": 7}}
}
