package rules.aws.iam.user.two_active_access_keys_test

import data.rules.aws.iam.user.two_active_access_keys

test_fail_two if {
	count(two_active_access_keys.findings) == 1 with input as {"config": {"AccessKeys": [{"AccessKeyId": "A", "Status": "Active"}, {"AccessKeyId": "B", "Status": "Active"}]}}
}

test_pass_one if {
	count(two_active_access_keys.findings) == 0 with input as {"config": {"AccessKeys": [{"AccessKeyId": "A", "Status": "Active"}, {"AccessKeyId": "B", "Status": "Inactive"}]}}
}

test_missing_keys if {
	count(two_active_access_keys.findings) == 0 with input as {"config": {}}
}
