# METADATA
# title: Lambda function shared with an unknown account
# description: |
#   The resource policy, or that of an alias, lets in an account or organisation that is neither ours nor a named third party.
# related_resources:
#   - ref: https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html
# custom:
#   id: aws.lambda.function.unknown-account
#   technology: aws.lambda.function
#   score: 6
#   rationale: Whoever controls that account can use it, and nobody here has decided so by name.
#   remediation: Remove the account from the policy, or register it as friendly or third-party if it is meant.
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.lambda.function.unknown_account

import data.lib.lambda
import data.lib.policy

findings contains finding if {
	some member in ["Policy", "Aliases"]
	some way in policy.unknown_reach(input.derived.reach, member)
	alias := object.get(aliases, way.path, "")
	finding := {
		"subject": lambda.subject(alias, policy.who(way)),
		"message": sprintf("%s lets unknown %s do %s", [lambda.named(alias), way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

# Names of aliases by the path of their policy.
aliases := {sprintf("Aliases[%d].Policy", [index]): alias.Name | some index, alias in input.config.Aliases}
