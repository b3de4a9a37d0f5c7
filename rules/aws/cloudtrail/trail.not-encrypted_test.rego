package rules.aws.cloudtrail.trail.not_encrypted_test

import data.rules.aws.cloudtrail.trail.not_encrypted

test_fail_none if {
	count(not_encrypted.findings) == 1 with input as {"config": {"Name": "t"}}
}

test_pass_key if {
	count(not_encrypted.findings) == 0 with input as {"config": {"KmsKeyId": "arn:k"}}
}

test_missing_key if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
