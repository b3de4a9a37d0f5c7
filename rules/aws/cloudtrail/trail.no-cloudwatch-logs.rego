# METADATA
# title: Trail does not reach CloudWatch Logs
# description: |
#   The trail does not deliver its events to CloudWatch Logs, or has not for a day.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
# custom:
#   id: aws.cloudtrail.trail.no-cloudwatch-logs
#   technology: aws.cloudtrail.trail
#   score: 3
#   rationale: Alarms on what happens in the account need the events within minutes.
#   remediation: Set a log group and a role for the trail.
#   equivalents:
#     security_hub: [CloudTrail.5]
#     prowler: [cloudtrail_cloudwatch_logging_enabled]
package rules.aws.cloudtrail.trail.no_cloudwatch_logs

findings contains finding if {
	object.get(input.config, "CloudWatchLogsLogGroupArn", "") == ""
	finding := {
		"subject": "CloudWatchLogsLogGroupArn",
		"message": "the trail delivers to no log group",
		"evidence": "CloudWatchLogsLogGroupArn",
	}
}
