# METADATA
# title: Password policy allows old passwords
# description: |
#   The account's password policy remembers fewer than 24 passwords, or there is none.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.password-policy.reuse
#   technology: aws.iam.password-policy
#   score: 3
#   rationale: The policy applies to every person with a console password; without one AWS's weaker default holds.
#   remediation: >-
#     Set the account's password policy, or move people to an identity provider and delete their passwords.
#   parameters:
#     passwords: 24
#   equivalents:
#     security_hub: [IAM.16]
#     prowler: [iam_password_policy_reuse_24]
#     cis: {"3.0": ["1.9"], "4.0.1": ["1.9"], "5.0": ["1.8"]}
package rules.aws.iam.password_policy.reuse

findings contains finding if {
	remembered := object.get(input.config, ["PasswordPolicy", "PasswordReusePrevention"], 0)
	remembered < input.parameters.passwords
	finding := {
		"subject": "PasswordReusePrevention",
		"message": sprintf("only the last %d passwords may not be used again", [remembered]),
		"evidence": "PasswordPolicy.PasswordReusePrevention",
	}
}
