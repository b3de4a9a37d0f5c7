# METADATA
# title: EC2 instance without an instance profile
# description: |
#   The instance has no IAM role, so software on it that calls AWS needs keys stored on the instance.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
# custom:
#   id: aws.ec2.instance.no-instance-profile
#   technology: aws.ec2.instance
#   score: 3
#   rationale: Keys on disks leak and are not rotated; a role's credentials are short-lived.
#   remediation: Attach an instance profile with a role for what the instance does.
#   equivalents:
#     prowler: [ec2_instance_profile_attached]
#     cis: {"3.0": ["1.18"], "4.0.1": ["1.18"], "5.0": ["1.17"]}
package rules.aws.ec2.instance.no_instance_profile

not_applicable contains "the instance is terminated" if input.config.State.Name in {"terminated", "shutting-down"}

findings contains finding if {
	not input.config.IamInstanceProfile
	finding := {
		"subject": "IamInstanceProfile",
		"message": "the instance has no instance profile",
		"evidence": "IamInstanceProfile",
	}
}
