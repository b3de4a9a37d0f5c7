# METADATA
# title: Access key not rotated
# description: |
#   An active access key of the user is older than 90 days.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.user.access-key-age
#   technology: aws.iam.user
#   score: 5
#   rationale: Long-lived keys end up in files, logs and repositories; the older a key, the more places it is in.
#   remediation: >-
#     Replace the key by a role where possible; else create a new key, move its users over, and delete the old one.
#   parameters:
#     days: 90
#   time_dependent: true
#   equivalents:
#     security_hub: [IAM.3]
#     prowler: [iam_rotate_access_key_90_days]
#     cis: {"3.0": ["1.14"], "4.0.1": ["1.14"], "5.0": ["1.13"]}
#     security_monkey: [Needs Rotation]
package rules.aws.iam.user.access_key_age

import data.lib.age as ages

findings contains finding if {
	some key in input.config.AccessKeys
	key.Status == "Active"
	age := ages.days_since(key.CreateDate, input.now_ns)
	age > input.parameters.days
	finding := {
		"subject": key.AccessKeyId,
		"message": sprintf("the active access key is %d days old", [age]),
		"evidence": "AccessKeys[].CreateDate",
	}
}
