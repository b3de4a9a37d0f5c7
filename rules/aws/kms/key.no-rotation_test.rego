package rules.aws.kms.key.no_rotation_test

import data.rules.aws.kms.key.no_rotation

test_fail_off if {
	count(no_rotation.findings) == 1 with input as {"config": {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "Rotation": {"KeyRotationEnabled": false}}}
}

test_pass_on if {
	count(no_rotation.findings) == 0 with input as {"config": {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "Rotation": {"KeyRotationEnabled": true}}}
}

test_missing_rotation if {
	count(no_rotation.findings) == 1 with input as {"config": {}}
}
