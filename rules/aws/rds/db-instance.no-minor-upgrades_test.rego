package rules.aws.rds.db_instance.no_minor_upgrades_test

import data.rules.aws.rds.db_instance.no_minor_upgrades

test_fail_off if {
	count(no_minor_upgrades.findings) == 1 with input as {"config": {"AutoMinorVersionUpgrade": false}}
}

test_pass_on if {
	count(no_minor_upgrades.findings) == 0 with input as {"config": {"AutoMinorVersionUpgrade": true}}
}

test_missing_flag if {
	count(no_minor_upgrades.findings) == 1 with input as {"config": {}}
}
