# METADATA
# title: Root user without MFA
# description: |
#   The account's root user has no MFA device. Where its credentials were removed there is nothing to protect.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.account-summary.root-without-mfa
#   technology: aws.iam.account-summary
#   score: 9
#   rationale: The root password alone, or control of its mailbox, is then enough to take the account.
#   remediation: >-
#     Register a hardware MFA device for the root user, or remove its credentials through AWS Organizations.
#   equivalents:
#     security_hub: [IAM.9]
#     prowler: [iam_root_mfa_enabled]
#     cis: {"3.0": ["1.5"], "4.0.1": ["1.5"], "5.0": ["1.4"]}
package rules.aws.iam.account_summary.root_without_mfa

not_applicable contains "the root user has no credentials" if {
	input.config.SummaryMap.AccountPasswordPresent == 0
	input.config.SummaryMap.AccountAccessKeysPresent == 0
	object.get(input.config.SummaryMap, "AccountSigningCertificatesPresent", 0) == 0
}

unknown contains "AWS did not say whether the root user has MFA" if not is_number(input.config.SummaryMap.AccountMFAEnabled)

findings contains finding if {
	input.config.SummaryMap.AccountMFAEnabled == 0
	finding := {
		"subject": "root",
		"message": "the root user has no MFA device",
		"evidence": "SummaryMap.AccountMFAEnabled",
	}
}
