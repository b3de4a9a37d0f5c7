# METADATA
# title: AdministratorAccess is attached
# description: |
#   The AWS managed policy AdministratorAccess, or one of the account's own with that name, is attached to the user, role
#   or group.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: aws.iam.identity.attached-administrator
#   technology: [aws.iam.user, aws.iam.role, aws.iam.group]
#   score: 6
#   rationale: Whoever gets hold of this identity owns the account.
#   remediation: Give what the identity needs, and keep administrators few, with MFA, and through roles.
#   equivalents:
#     prowler:
#       - iam_user_administrator_access_policy
#       - iam_group_administrator_access_policy
#       - iam_role_administratoraccess_policy
#     security_monkey: [Administrator Access]
package rules.aws.iam.identity.attached_administrator

findings contains finding if {
	some attached in input.config.AttachedManagedPolicies
	endswith(attached.PolicyArn, ":policy/AdministratorAccess")
	finding := {
		"subject": attached.PolicyArn,
		"message": "AdministratorAccess is attached",
		"evidence": "AttachedManagedPolicies",
	}
}
