# METADATA
# title: KMS key waits for deletion
# description: |
#   Somebody has scheduled the deletion of the key.
# related_resources:
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
# custom:
#   id: aws.kms.key.pending-deletion
#   technology: aws.kms.key
#   score: 6
#   rationale: When the key is gone, everything encrypted with it is gone too.
#   remediation: Cancel the deletion unless you know that nothing is encrypted with the key any more.
#   equivalents:
#     security_hub: [KMS.3]
#     prowler: [kms_cmk_not_deleted_unintentionally]
package rules.aws.kms.key.pending_deletion

findings contains finding if {
	input.config.KeyState in {"PendingDeletion", "PendingReplicaDeletion"}
	finding := {
		"subject": "KeyState",
		"message": "the key will be deleted",
		"evidence": "KeyState",
	}
}
