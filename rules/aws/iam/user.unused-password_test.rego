package rules.aws.iam.user.unused_password_test

import data.rules.aws.iam.user.unused_password

view(config) := {"config": config, "parameters": {"days": 45}, "now_ns": 1790000000000000000}

profile := {"CreateDate": "2020-01-01T00:00:00Z"}

test_fail_idle if {
	count(unused_password.findings) == 1 with input as view({"LoginProfile": profile, "PasswordLastUsed": "2026-01-01T00:00:00Z"})
}

test_fail_never_used if {
	count(unused_password.findings) == 1 with input as view({"LoginProfile": profile})
}

# AWS keeps PasswordLastUsed when a password is deleted and a new one is set.
test_pass_new_password_after_an_old_one if {
	fresh := {"LoginProfile": {"CreateDate": "2026-09-18T00:00:00Z"}, "PasswordLastUsed": "2024-01-01T00:00:00Z"}
	count(unused_password.findings) == 0 with input as view(fresh)
}

test_pass_used if {
	count(unused_password.findings) == 0 with input as view({"LoginProfile": profile, "PasswordLastUsed": "2026-09-20T00:00:00Z"})
}

test_missing_profile if {
	count(unused_password.findings) == 0 with input as view({"PasswordLastUsed": "2020-01-01T00:00:00Z"})
}
