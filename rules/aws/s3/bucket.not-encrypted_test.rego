package rules.aws.s3.bucket.not_encrypted_test

import data.rules.aws.s3.bucket.not_encrypted

test_fail_none if {
	count(not_encrypted.findings) == 1 with input as {"config": {"Name": "b"}}
}

test_pass_sse if {
	count(not_encrypted.findings) == 0 with input as {"config": {"Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}
}

test_missing_encryption if {
	count(not_encrypted.findings) == 1 with input as {"config": {}}
}
