# METADATA
# title: Trail without log file validation
# description: |
#   CloudTrail does not sign the trail's log files.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
# custom:
#   id: aws.cloudtrail.trail.no-log-file-validation
#   technology: aws.cloudtrail.trail
#   score: 4
#   rationale: Without signatures nobody can prove that the log was not changed afterwards.
#   remediation: Enable log file validation.
#   equivalents:
#     security_hub: [CloudTrail.4]
#     prowler: [cloudtrail_log_file_validation_enabled]
#     cis: {"3.0": ["3.2"], "4.0.1": ["3.2"], "5.0": ["3.2"]}
package rules.aws.cloudtrail.trail.no_log_file_validation

findings contains finding if {
	object.get(input.config, "LogFileValidationEnabled", false) == false
	finding := {
		"subject": "LogFileValidationEnabled",
		"message": "log files are not signed",
		"evidence": "LogFileValidationEnabled",
	}
}
