# METADATA
# title: Statements together grant everything
# description: |
#   The inline and attached policies of a user, role or group, those of a user's groups included, under its permissions boundary,
#   together allow every action on every resource, though no single statement says so: everything but IAM and IAM, for example. What
#   one group brings by itself shows at the group; what one customer managed policy, AdministratorAccess or one inline statement
#   grants by itself, at the other administrator rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
# custom:
#   id: aws.iam.identity.combined-administrator
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group]
#   score: 8
#   rationale: An administrator whom no list of administrators names is the one nobody watches.
#   remediation: >-
#     Remove one of the statements named in the finding; where an administrator is meant, attach AdministratorAccess openly.
#   links: [aws.iam.managed-policy]
#   reads: [aws.iam.group, aws.iam.managed-policy]
#   equivalents:
#     security_monkey: [Administrator Access]
package rules.aws.iam.identity.combined_administrator

import data.lib.policy

findings contains finding if {
	whole := input.derived.administration
	not is_told_elsewhere(whole)
	finding := {
		"subject": whole.subject,
		"message": sprintf("%s together allow every action on every resource", [whole.subject]),
		"evidence": {"statements": whole.at, "policies": whole.policies},
	}
}

# managed-policy.administrator says so once for all who have the policy, identity.attached-administrator of AWS's own.
is_told_elsewhere(whole) if {
	count(whole.policies) == 1
	some arn in whole.policies
	is_told_at_policy(arn)
}

# identity.inline-administrator says so.
is_told_elsewhere(_) if {
	some statement in policy.grants(input.derived.policies)
	policy.is_administrator(statement)
}

is_told_at_policy(arn) if endswith(arn, ":policy/AdministratorAccess")

is_told_at_policy(arn) if {
	arn != ""
	not contains(arn, ":iam::aws:")
}
