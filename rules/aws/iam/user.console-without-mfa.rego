# METADATA
# title: Console user without MFA
# description: |
#   The user can sign in to the console with a password alone.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.user.console-without-mfa
#   technology: aws.iam.user
#   score: 7
#   rationale: A guessed, reused or phished password is then enough.
#   remediation: Have the user register an MFA device, and deny everything without MFA by policy until it is done.
#   equivalents:
#     security_hub: [IAM.5, IAM.19]
#     prowler: [iam_user_mfa_enabled_console_access]
#     cis: {"3.0": ["1.10"], "4.0.1": ["1.10"], "5.0": ["1.9"]}
#     security_monkey: [Insecure Configuration]
package rules.aws.iam.user.console_without_mfa

findings contains finding if {
	input.config.LoginProfile
	count(object.get(input.config, "MFADevices", [])) == 0
	finding := {
		"subject": "MFADevices",
		"message": "the user signs in to the console without MFA",
		"evidence": "MFADevices",
	}
}
