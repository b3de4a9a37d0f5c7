# METADATA
# title: Password policy asks for no uppercase letter
# description: |
#   The account's password policy does not ask for an uppercase letter, or there is none.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.password-policy.no-uppercase
#   technology: aws.iam.password-policy
#   score: 2
#   rationale: The policy applies to every person with a console password; without one AWS's weaker default holds.
#   remediation: >-
#     Set the account's password policy, or move people to an identity provider and delete their passwords.
#   equivalents:
#     security_hub: [IAM.7, IAM.11]
#     prowler: [iam_password_policy_uppercase]
package rules.aws.iam.password_policy.no_uppercase

findings contains finding if {
	not input.config.PasswordPolicy.RequireUppercaseCharacters
	finding := {
		"subject": "RequireUppercaseCharacters",
		"message": "RequireUppercaseCharacters is off",
		"evidence": "PasswordPolicy.RequireUppercaseCharacters",
	}
}
