# METADATA
# title: Lambda function can be used through an AWS service by other accounts
# description: |
#   The function's policy, or that of an alias, lets in an AWS service without a condition on aws:SourceAccount, aws:SourceArn or
#   the organisation.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#   - ref: https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
# custom:
#   id: aws.lambda.function.unguarded-service
#   technology: aws.lambda.function
#   score: 3
#   rationale: >-
#     A service that acts for many customers can be talked into using it for somebody else (confused deputy).
#   remediation: Add a condition on aws:SourceAccount or aws:SourceArn where the service supports it.
#   equivalents:
#     security_hub: [Lambda.1]
package rules.aws.lambda.function.unguarded_service

import data.lib.lambda
import data.lib.policy

findings contains finding if {
	some member in ["Policy", "Aliases"]
	some way in policy.unguarded_services(input.derived.reach, member)
	alias := object.get(aliases, way.path, "")
	finding := {
		"subject": lambda.subject(alias, way.who),
		"message": sprintf("%s lets %s do %s for any account", [lambda.named(alias), way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

# Names of aliases by the path of their policy.
aliases := {sprintf("Aliases[%d].Policy", [index]): alias.Name | some index, alias in input.config.Aliases}
