package rules.aws.sqs.queue.not_encrypted_test

import data.rules.aws.sqs.queue.not_encrypted

test_fail_off if {
	count(not_encrypted.findings) == 1 with input as {"config": {"Attributes": {"SqsManagedSseEnabled": "false"}}}
}

test_pass_sse if {
	count(not_encrypted.findings) == 0 with input as {"config": {"Attributes": {"SqsManagedSseEnabled": "true"}}}
}

test_pass_kms if {
	count(not_encrypted.findings) == 0 with input as {"config": {"Attributes": {"KmsMasterKeyId": "k"}}}
}

test_missing_attributes if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
