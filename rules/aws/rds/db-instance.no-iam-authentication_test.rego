package rules.aws.rds.db_instance.no_iam_authentication_test

import data.rules.aws.rds.db_instance.no_iam_authentication

test_fail_off if {
	count(no_iam_authentication.findings) == 1 with input as {"config": {"Engine": "postgres", "IAMDatabaseAuthenticationEnabled": false}}
}

test_pass_on if {
	count(no_iam_authentication.findings) == 0 with input as {"config": {"Engine": "postgres", "IAMDatabaseAuthenticationEnabled": true}}
}

test_missing_flag if {
	count(no_iam_authentication.findings) == 1 with input as {"config": {}}
}
