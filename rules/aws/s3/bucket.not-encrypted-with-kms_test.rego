package rules.aws.s3.bucket.not_encrypted_with_kms_test

import data.rules.aws.s3.bucket.not_encrypted_with_kms

test_fail_sse_s3 if {
	count(not_encrypted_with_kms.findings) == 1 with input as {"config": {"Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}
}

test_pass_kms if {
	count(not_encrypted_with_kms.findings) == 0 with input as {"config": {"Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}}}
}

test_missing_encryption if {
	count(not_encrypted_with_kms.findings) == 1 with input as {"config": {}}
}
