# METADATA
# title: Access key not used
# description: |
#   An active access key of the user has not been used for 45 days, or never since it was made that long ago.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
# custom:
#   id: aws.iam.user.unused-access-key
#   technology: aws.iam.user
#   score: 4
#   rationale: A key nobody needs is a risk without a benefit, and nobody notices when somebody else uses it.
#   remediation: Deactivate the key, and delete it when nothing breaks.
#   parameters:
#     days: 45
#   time_dependent: true
#   equivalents:
#     security_hub: [IAM.8, IAM.22]
#     prowler: [iam_user_accesskey_unused]
#     cis: {"3.0": ["1.12"], "4.0.1": ["1.12"], "5.0": ["1.11"]}
#     security_monkey: [Unused Access]
package rules.aws.iam.user.unused_access_key

import data.lib.age

findings contains finding if {
	some key in input.config.AccessKeys
	key.Status == "Active"
	since := object.get(key, ["LastUsed", "LastUsedDate"], key.CreateDate)
	idle := age.days_since(since, input.now_ns)
	idle > input.parameters.days
	finding := {
		"subject": key.AccessKeyId,
		"message": sprintf("the active access key has not been used for %d days", [idle]),
		"evidence": "AccessKeys[].LastUsed",
	}
}
