# METADATA
# title: Trail does not log
# description: |
#   The trail exists but logging is switched off.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html
# custom:
#   id: aws.cloudtrail.trail.not-logging
#   technology: aws.cloudtrail.trail
#   score: 8
#   rationale: An attacker's first step is often to stop the log; nothing that happens now can be traced.
#   remediation: Start logging, and find out who stopped it (StopLogging).
#   equivalents:
#     security_monkey: [Insecure Configuration]
package rules.aws.cloudtrail.trail.not_logging

unknown contains "AWS did not say whether the trail logs" if not is_boolean(input.config.Status.IsLogging)

findings contains finding if {
	input.config.Status.IsLogging == false
	finding := {
		"subject": "Status",
		"message": "logging is switched off",
		"evidence": "Status.IsLogging",
	}
}
