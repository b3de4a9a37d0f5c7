# METADATA
# title: Password policy allows short passwords
# description: |
#   The account's password policy allows passwords of fewer than 14 characters, or there is none.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.password-policy.minimum-length
#   technology: aws.iam.password-policy
#   score: 4
#   rationale: The policy applies to every person with a console password; without one AWS's weaker default holds.
#   remediation: >-
#     Set the account's password policy, or move people to an identity provider and delete their passwords.
#   parameters:
#     length: 14
#   equivalents:
#     security_hub: [IAM.7, IAM.15]
#     prowler: [iam_password_policy_minimum_length_14]
#     cis: {"3.0": ["1.8"], "4.0.1": ["1.8"], "5.0": ["1.7"]}
package rules.aws.iam.password_policy.minimum_length

findings contains finding if {
	length := object.get(input.config, ["PasswordPolicy", "MinimumPasswordLength"], 8)
	length < input.parameters.length
	finding := {
		"subject": "MinimumPasswordLength",
		"message": sprintf("passwords of %d characters are allowed", [length]),
		"evidence": "PasswordPolicy.MinimumPasswordLength",
	}
}
