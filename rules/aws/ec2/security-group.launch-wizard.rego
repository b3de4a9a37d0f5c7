# METADATA
# title: Security group made by the launch wizard
# description: |
#   The group's name begins with launch-wizard: the console made it while somebody launched an instance.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-launch-parameters.html
# custom:
#   id: aws.ec2.security-group.launch-wizard
#   technology: aws.ec2.security-group
#   score: 2
#   rationale: The wizard proposes SSH from anywhere, and its groups have no owner and no purpose in their name.
#   remediation: Replace it by a group with a name and rules that somebody decided on.
#   equivalents:
#     prowler: [ec2_securitygroup_from_launch_wizard]
package rules.aws.ec2.security_group.launch_wizard

findings contains finding if {
	startswith(input.config.GroupName, "launch-wizard")
	finding := {
		"subject": "GroupName",
		"message": sprintf("%s was made by the launch wizard", [input.config.GroupName]),
		"evidence": "GroupName",
	}
}
