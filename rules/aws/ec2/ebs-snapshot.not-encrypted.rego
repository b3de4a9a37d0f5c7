# METADATA
# title: EBS snapshot is not encrypted
# description: |
#   The snapshot's data is stored without encryption.
# related_resources:
#   - ref: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
# custom:
#   id: aws.ec2.ebs-snapshot.not-encrypted
#   technology: aws.ec2.ebs-snapshot
#   score: 4
#   rationale: An unencrypted snapshot can be shared and copied without any decision about a key.
#   remediation: >-
#     Copy the snapshot with encryption, switch on encryption by default for the region, and delete the unencrypted one.
#   equivalents:
#     prowler: [ec2_ebs_snapshots_encrypted]
package rules.aws.ec2.ebs_snapshot.not_encrypted

unknown contains "AWS did not return Encrypted" if not is_boolean(input.config.Encrypted)

findings contains finding if {
	input.config.Encrypted == false
	finding := {
		"subject": "Encrypted",
		"message": "the snapshot is not encrypted",
		"evidence": "Encrypted",
	}
}
