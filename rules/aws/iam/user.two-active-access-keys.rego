# METADATA
# title: User has two active access keys
# description: |
#   More than one access key of the user is active.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
# custom:
#   id: aws.iam.user.two-active-access-keys
#   technology: aws.iam.user
#   score: 3
#   rationale: Two keys mean a rotation that was never finished, or a key shared with somebody else.
#   remediation: Find out which key is used (last used) and delete the other.
#   equivalents:
#     prowler: [iam_user_two_active_access_key]
#     cis: {"3.0": ["1.13"], "4.0.1": ["1.13"], "5.0": ["1.12"]}
#     security_monkey: [Informational]
package rules.aws.iam.user.two_active_access_keys

findings contains finding if {
	active := [key.AccessKeyId | some key in input.config.AccessKeys; key.Status == "Active"]
	count(active) > 1
	finding := {
		"subject": "AccessKeys",
		"message": sprintf("%d access keys are active: %s", [count(active), concat(", ", sort(active))]),
		"evidence": "AccessKeys",
	}
}
