# METADATA
# title: KMS key is not rotated
# description: |
#   Automatic rotation is off for an enabled, symmetric customer managed key with key material of KMS's own.
# related_resources:
#   - ref: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
# custom:
#   id: aws.kms.key.no-rotation
#   technology: aws.kms.key
#   score: 4
#   rationale: Rotation limits how much data one version of the key protects.
#   remediation: Enable automatic rotation for the key.
#   equivalents:
#     security_hub: [KMS.4]
#     prowler: [kms_cmk_rotation_enabled]
#     cis: {"3.0": ["3.6"], "4.0.1": ["3.6"], "5.0": ["3.6"]}
#     security_monkey: [Recommendation]
package rules.aws.kms.key.no_rotation

not_applicable contains "AWS manages the key" if input.config.KeyManager == "AWS"

not_applicable contains "the key is not enabled" if object.get(input.config, "KeyState", "Enabled") != "Enabled"

not_applicable contains "only symmetric keys rotate" if object.get(input.config, "KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT"

not_applicable contains "imported and external key material does not rotate" if object.get(input.config, "Origin", "AWS_KMS") != "AWS_KMS"

findings contains finding if {
	object.get(input.config, ["Rotation", "KeyRotationEnabled"], false) == false
	finding := {
		"subject": "Rotation",
		"message": "automatic rotation is off",
		"evidence": "Rotation.KeyRotationEnabled",
	}
}
