# METADATA
# title: Managed policy allows taking any role
# description: |
#   A customer managed policy allows sts:AssumeRole on every resource. Statements that allow everything are left to the
#   administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html
# custom:
#   id: aws.iam.managed-policy.assume-any-role
#   technology: aws.iam.managed-policy
#   score: 6
#   rationale: Its users can take every role whose trust policy lets the account in, administrators included.
#   remediation: Name the roles that may be taken.
#   equivalents:
#     prowler: [iam_no_custom_policy_permissive_role_assumption]
#     security_monkey: [Sensitive Permissions]
package rules.aws.iam.managed_policy.assume_any_role

import data.lib.policy

not_applicable contains "it is a policy of AWS's own" if contains(input.config.Arn, ":iam::aws:")

findings contains finding if {
	some statement in policy.statements(input.derived.policies, "PolicyVersionList")
	statement.effect == "Allow"
	not policy.is_administrator(statement)
	policy.covers(statement, "sts:assumerole")
	policy.is_on_every(statement, "iam", "role")
	finding := {
		"subject": statement.subject,
		"message": sprintf("%s allows taking %s", [policy.named(statement.subject), roles(statement)]),
		"evidence": statement.at,
	}
}

roles(statement) := sprintf("every role (%s)", [policy.shorten(every_role)]) if {
	every_role := [resource | some resource in statement.resources; policy.is_every(resource, "iam", "role")]
	count(every_role) > 0
}

roles(statement) := sprintf("every role but %s", [policy.shorten(statement.not_resources)]) if count(statement.resources) == 0
