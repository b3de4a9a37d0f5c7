package rules.aws.rds.db_instance.default_administrator_name_test

import data.rules.aws.rds.db_instance.default_administrator_name

test_fail_admin if {
	count(default_administrator_name.findings) == 1 with input as {"config": {"MasterUsername": "admin"}}
}

test_pass_other if {
	count(default_administrator_name.findings) == 0 with input as {"config": {"MasterUsername": "keeper"}}
}

test_missing_name if {
	count(default_administrator_name.findings) == 0 with input as {"config": {}}
}
