# METADATA
# title: Console password not used
# description: |
#   The user can sign in to the console but has not done so for 45 days, or never since the password was set that long
#   ago.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.user.unused-password
#   technology: aws.iam.user
#   score: 4
#   rationale: Forgotten sign-ins keep old, reused passwords alive.
#   remediation: >-
#     Delete the login profile; the person can get a new one, or better sign in through your identity provider.
#   parameters:
#     days: 45
#   time_dependent: true
#   equivalents:
#     security_hub: [IAM.8, IAM.22]
#     prowler: [iam_user_console_access_unused]
#     cis: {"3.0": ["1.12"], "4.0.1": ["1.12"], "5.0": ["1.11"]}
#     security_monkey: [Unused Access]
package rules.aws.iam.user.unused_password

import data.lib.age

findings contains finding if {
	profile := input.config.LoginProfile
	idle := min({age.days_since(instant, input.now_ns) | some instant in [profile.CreateDate, object.get(input.config, "PasswordLastUsed", profile.CreateDate)]})
	idle > input.parameters.days
	finding := {
		"subject": "LoginProfile",
		"message": sprintf("the console password has not been used for %d days", [idle]),
		"evidence": "PasswordLastUsed",
	}
}
