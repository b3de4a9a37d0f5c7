# METADATA
# title: Account without a trail over all regions
# description: |
#   No trail that covers all regions is logging in the account; trails of the organization count.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
# custom:
#   id: aws.iam.account-summary.no-multi-region-trail
#   technology: aws.iam.account-summary
#   score: 7
#   rationale: >-
#     What happens in a region nobody uses stays unseen: a favourite place for stolen credentials.
#   remediation: Create a multi-region trail, best as an organization trail into a log archive account.
#   excused_by: [aws.cloudtrail.trail]
#   equivalents:
#     security_hub: [CloudTrail.1]
#     prowler: [cloudtrail_multi_region_enabled]
#     cis: {"3.0": ["3.1"], "4.0.1": ["3.1"], "5.0": ["3.1"]}
#     security_monkey: [Insecure Configuration]
package rules.aws.iam.account_summary.no_multi_region_trail

findings contains finding if {
	covering := [true |
		some trail in input.collections["aws.cloudtrail.trail"]
		trail.config.IsMultiRegionTrail
		trail.config.Status.IsLogging
	]
	count(covering) == 0
	finding := {
		"subject": "trail",
		"message": message(count(input.collections["aws.cloudtrail.trail"])),
		"evidence": [object.get(trail, "arn", "") | some trail in input.collections["aws.cloudtrail.trail"]],
	}
}

message(trails) := "the account has no trail" if trails == 0

message(trails) := "the account's one trail does not cover all regions or is not logging" if trails == 1

message(trails) := sprintf("none of the account's %d trails covers all regions and is logging", [trails]) if trails > 1
