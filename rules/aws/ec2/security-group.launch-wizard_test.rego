package rules.aws.ec2.security_group.launch_wizard_test

import data.rules.aws.ec2.security_group.launch_wizard

test_fail_wizard if {
	count(launch_wizard.findings) == 1 with input as {"config": {"GroupName": "launch-wizard-3"}}
}

test_pass_named if {
	count(launch_wizard.findings) == 0 with input as {"config": {"GroupName": "web"}}
}

test_missing_name if {
	count(launch_wizard.findings) == 0 with input as {"config": {}}
}
