package rules.aws.iam.user.console_without_mfa_test

import data.rules.aws.iam.user.console_without_mfa

test_fail_none if {
	count(console_without_mfa.findings) == 1 with input as {"config": {"LoginProfile": {"UserName": "u"}, "MFADevices": []}}
}

test_pass_device if {
	count(console_without_mfa.findings) == 0 with input as {"config": {"LoginProfile": {"UserName": "u"}, "MFADevices": [{"SerialNumber": "s"}]}}
}

test_pass_no_console if {
	count(console_without_mfa.findings) == 0 with input as {"config": {"MFADevices": []}}
}

test_missing_profile if {
	count(console_without_mfa.findings) == 0 with input as {"config": {}}
}
