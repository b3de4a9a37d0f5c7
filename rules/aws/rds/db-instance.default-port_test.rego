package rules.aws.rds.db_instance.default_port_test

import data.rules.aws.rds.db_instance.default_port

test_fail_mysql if {
	count(default_port.findings) == 1 with input as {"config": {"Engine": "mysql", "Endpoint": {"Port": 3306}}, "parameters": {"ports": {"mariadb": 3306, "mysql": 3306, "oracle": 1521, "postgres": 5432, "sqlserver": 1433}}}
}

test_pass_other if {
	count(default_port.findings) == 0 with input as {"config": {"Engine": "mysql", "Endpoint": {"Port": 33060}}, "parameters": {"ports": {"mariadb": 3306, "mysql": 3306, "oracle": 1521, "postgres": 5432, "sqlserver": 1433}}}
}

test_missing_endpoint if {
	count(default_port.findings) == 0 with input as {"config": {}, "parameters": {"ports": {"mariadb": 3306, "mysql": 3306, "oracle": 1521, "postgres": 5432, "sqlserver": 1433}}}
}
