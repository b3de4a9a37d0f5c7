# METADATA
# title: Root user has access keys
# description: |
#   The account's root user has an access key.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.account-summary.root-access-key
#   technology: aws.iam.account-summary
#   score: 10
#   rationale: >-
#     Root keys cannot be restricted by any policy of the account: whoever has one owns it.
#   remediation: Delete the root user's access keys; use roles for what they did.
#   equivalents:
#     security_hub: [IAM.4]
#     prowler: [iam_no_root_access_key]
#     cis: {"3.0": ["1.4"], "4.0.1": ["1.4"], "5.0": ["1.3"]}
package rules.aws.iam.account_summary.root_access_key

unknown contains "AWS did not say whether the root user has access keys" if not is_number(input.config.SummaryMap.AccountAccessKeysPresent)

findings contains finding if {
	input.config.SummaryMap.AccountAccessKeysPresent > 0
	finding := {
		"subject": "root",
		"message": "the root user has access keys",
		"evidence": "SummaryMap.AccountAccessKeysPresent",
	}
}
