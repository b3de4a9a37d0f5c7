# METADATA
# title: Lambda function is public
# description: |
#   The resource policy, or that of an alias, lets in everybody, or everybody with an AWS account; denies and conditions are taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html
# custom:
#   id: aws.lambda.function.public
#   technology: aws.lambda.function
#   score: 9
#   rationale: Strangers can call the function with input of their choice, at your cost.
#   remediation: Name the accounts that may call it, with aws:SourceAccount or aws:SourceArn for services.
#   equivalents:
#     security_hub: [Lambda.1]
#     prowler: [awslambda_function_not_publicly_accessible]
#     security_monkey: [Internet Accessible]
package rules.aws.lambda.function.public

import data.lib.lambda
import data.lib.policy

findings contains finding if {
	some member in ["Policy", "Aliases"]
	some way in policy.public_reach(input.derived.reach, member)
	alias := object.get(aliases, way.path, "")
	finding := {
		"subject": lambda.subject(alias, way.subject),
		"message": sprintf("%s lets everybody do %s", [lambda.named(alias), policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

# Names of aliases by the path of their policy.
aliases := {sprintf("Aliases[%d].Policy", [index]): alias.Name | some index, alias in input.config.Aliases}
