# METADATA
# title: KMS key can be used through an AWS service by other accounts
# description: |
#   The key policy lets in an AWS service without a condition on aws:SourceAccount, aws:SourceArn or the organisation, nor on an
#   encryption context, kms:ViaService or kms:GrantIsForAWSResource.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html
# custom:
#   id: aws.kms.key.unguarded-service
#   technology: aws.kms.key
#   score: 3
#   rationale: >-
#     A service that acts for many customers can be talked into using it for somebody else (confused deputy).
#   remediation: Add a condition on aws:SourceAccount or aws:SourceArn where the service supports it.
package rules.aws.kms.key.unguarded_service

import data.lib.policy

unknown contains "AWS did not return the key's policy" if not input.config.Policy

findings contains finding if {
	some way in policy.unguarded_services(input.derived.reach, "Policy")
	not is_restricted(way)
	finding := {
		"subject": way.who,
		"message": sprintf("the policy lets %s do %s for any account", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

# Such conditions tie the service to what it does for those who may use the key themselves.
is_restricted(way) if {
	some note in array.concat(way.restricting, way.ineffective)
	key := lower(note.key)
	some tie in ["kms:encryptioncontext", "kms:viaservice", "kms:grantisforawsresource", "kms:calleraccount"]
	startswith(key, tie)
	# A negation, an absence or any value ties it to nothing.
	regex.match(`^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|Bool)$`, note.operator)
	not has_any_value(note)
}

has_any_value(note) if {
	some value in note.values
	regex.match(`^[*]+$`, value)
}
