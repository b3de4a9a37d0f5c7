# METADATA
# title: Password policy lets passwords live for ever
# description: |
#   The account's password policy does not let passwords expire within 90 days, or there is none.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.password-policy.no-expiry
#   technology: aws.iam.password-policy
#   score: 2
#   rationale: >-
#     An expiry limits for how long a leaked password is good; many prefer MFA instead and switch this rule off.
#   remediation: >-
#     Set the account's password policy, or move people to an identity provider and delete their passwords.
#   parameters:
#     days: 90
#   equivalents:
#     security_hub: [IAM.17]
#     prowler: [iam_password_policy_expires_passwords_within_90_days_or_less]
package rules.aws.iam.password_policy.no_expiry

within(days, limit) if {
	days > 0
	days <= limit
}

findings contains finding if {
	days := object.get(input.config, ["PasswordPolicy", "MaxPasswordAge"], 0)
	not within(days, input.parameters.days)
	finding := {
		"subject": "MaxPasswordAge",
		"message": "passwords do not expire in time",
		"evidence": "PasswordPolicy.MaxPasswordAge",
	}
}
