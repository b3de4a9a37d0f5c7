package rules.aws.sns.topic.not_encrypted_test

import data.rules.aws.sns.topic.not_encrypted

test_fail_none if {
	count(not_encrypted.findings) == 1 with input as {"config": {"Attributes": {"DisplayName": ""}}}
}

test_pass_key if {
	count(not_encrypted.findings) == 0 with input as {"config": {"Attributes": {"KmsMasterKeyId": "alias/aws/sns"}}}
}

test_missing_attributes if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
