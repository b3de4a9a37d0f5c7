package rules.aws.iam.user.unused_access_key_test

import data.rules.aws.iam.user.unused_access_key

view(key) := {"config": {"AccessKeys": [object.union({"AccessKeyId": "AKIA1", "Status": "Active"}, key)]}, "parameters": {"days": 45}, "now_ns": 1790000000000000000}

test_fail_idle if {
	used := {"CreateDate": "2020-01-01T00:00:00Z", "LastUsed": {"LastUsedDate": "2026-07-01T00:00:00Z"}}
	count(unused_access_key.findings) == 1 with input as view(used)
}

test_fail_never_used if {
	count(unused_access_key.findings) == 1 with input as view({"CreateDate": "2020-01-01T00:00:00Z", "LastUsed": {"ServiceName": "N/A"}})
}

test_pass_used if {
	used := {"CreateDate": "2020-01-01T00:00:00Z", "LastUsed": {"LastUsedDate": "2026-09-20T00:00:00Z"}}
	count(unused_access_key.findings) == 0 with input as view(used)
}

test_missing_last_used if {
	count(unused_access_key.findings) == 0 with input as view({"CreateDate": "2026-09-10T00:00:00Z"})
}
