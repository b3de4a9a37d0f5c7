package rules.aws.kms.key.pending_deletion_test

import data.rules.aws.kms.key.pending_deletion

test_fail_pending if {
	count(pending_deletion.findings) == 1 with input as {"config": {"KeyState": "PendingDeletion"}}
}

test_pass_enabled if {
	count(pending_deletion.findings) == 0 with input as {"config": {"KeyState": "Enabled"}}
}

test_missing_state if {
	count(pending_deletion.findings) == 0 with input as {"config": {}}
}
