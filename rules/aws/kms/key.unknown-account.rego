# METADATA
# title: KMS key shared with an unknown account
# description: |
#   The key policy or a grant lets in an account or organisation that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
# custom:
#   id: aws.kms.key.unknown-account
#   technology: aws.kms.key
#   score: 6
#   rationale: Whoever controls that account can use it, and nobody here has decided so by name.
#   remediation: Remove the account from the policy or revoke the grant, or register it as friendly or third-party if it is meant.
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.kms.key.unknown_account

import data.lib.policy

unknown contains "AWS did not return the key's policy" if not input.config.Policy

findings contains finding if {
	some way in policy.unknown_reach(input.derived.reach, "Policy")
	finding := {
		"subject": policy.who(way),
		"message": sprintf("the policy lets unknown %s do %s", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

# One finding for an account, however many grants it holds.
findings contains finding if {
	accounts := {grant.account | some grant in input.derived.grants; grant.class == "unknown_account"}
	some account in accounts
	held := [grant | some grant in input.derived.grants; grant.account == account]
	operations := {operation | some grant in held; some operation in grant.operations}
	finding := {
		"subject": sprintf("grant %s", [account]),
		"message": sprintf("%d grants let unknown %s do %s", [count(held), account, policy.shorten(sort(operations))]),
		"evidence": {"grants": [grant.id | some grant in held], "grantees": {grant.who | some grant in held}},
	}
}
