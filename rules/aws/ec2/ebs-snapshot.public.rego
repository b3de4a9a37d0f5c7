# METADATA
# title: EBS snapshot is public
# description: |
#   Everybody with an AWS account may create a volume from the snapshot and read everything on it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.ebs-snapshot.public
#   technology: aws.ec2.ebs-snapshot
#   score: 9
#   rationale: Public snapshots are listed and searched for keys and data by strangers around the clock.
#   remediation: >-
#     Remove the group all from the snapshot's permissions and switch on block public access for EBS snapshots.
#   equivalents:
#     security_hub: [EC2.1]
#     prowler: [ec2_ebs_public_snapshot]
#     security_monkey: [Internet Accessible]
package rules.aws.ec2.ebs_snapshot.public

unknown contains "AWS did not say who may create volumes from the snapshot" if not input.config.CreateVolumePermissions

findings contains finding if {
	some permission in input.config.CreateVolumePermissions
	permission.Group == "all"
	finding := {
		"subject": "all",
		"message": "everybody may create volumes from the snapshot",
		"evidence": "CreateVolumePermissions",
	}
}
