# METADATA
# title: KMS key is public
# description: |
#   The resource policy lets in everybody, or everybody with an AWS account; denies and conditions are taken into account.
# related_resources:
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
# custom:
#   id: aws.kms.key.public
#   technology: aws.kms.key
#   score: 9
#   rationale: Strangers can use the key to decrypt whatever they get hold of, or destroy it.
#   remediation: Name the accounts and roles that use the key, or hold the statement to your organisation.
#   equivalents:
#     security_hub: [KMS.5]
#     prowler: [kms_key_not_publicly_accessible]
#     security_monkey: [Internet Accessible]
package rules.aws.kms.key.public

import data.lib.policy

unknown contains "AWS did not return the key's policy" if not input.config.Policy

findings contains finding if {
	some way in policy.public_reach(input.derived.reach, "Policy")
	finding := {
		"subject": way.subject,
		"message": sprintf("the policy lets everybody do %s", [policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}
