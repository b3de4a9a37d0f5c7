# METADATA
# title: EC2 instance allows version 1 of the metadata service
# description: |
#   The instance metadata service is on and does not require session tokens (IMDSv2).
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.instance.imdsv1-allowed
#   technology: aws.ec2.instance
#   score: 7
#   rationale: >-
#     With version 1 one request that an attacker makes the instance send (SSRF) is enough to read its role's
#     credentials.
#   remediation: >-
#     Set HttpTokens to required, after the instance's software has been checked for version 1 calls (CloudWatch metric
#     MetadataNoToken).
#   equivalents:
#     security_hub: [EC2.8]
#     prowler: [ec2_instance_imdsv2_enabled]
#     cis: {"3.0": ["5.6"], "4.0.1": ["5.7"], "5.0": ["5.7"]}
package rules.aws.ec2.instance.imdsv1_allowed

not_applicable contains "the instance is terminated" if input.config.State.Name in {"terminated", "shutting-down"}

unknown contains "AWS did not return MetadataOptions" if not input.config.MetadataOptions

findings contains finding if {
	options := input.config.MetadataOptions
	object.get(options, "HttpEndpoint", "enabled") == "enabled"
	object.get(options, "HttpTokens", "optional") != "required"
	finding := {
		"subject": "MetadataOptions",
		"message": "the metadata service answers without a session token",
		"evidence": "MetadataOptions.HttpTokens",
	}
}
