# METADATA
# title: No trail over all regions records management events
# description: |
#   No logging trail that covers all regions records read and write management events.
# related_resources:
#   - ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
# custom:
#   id: aws.iam.account-summary.no-management-events-trail
#   technology: aws.iam.account-summary
#   score: 6
#   rationale: >-
#     Management events are who did what: without them the trail tells little.
#   remediation: Let the trail record management events, both read and write.
#   excused_by: [aws.cloudtrail.trail]
#   equivalents:
#     security_hub: [CloudTrail.3]
#     prowler: [cloudtrail_multi_region_enabled_logging_management_events]
package rules.aws.iam.account_summary.no_management_events_trail

findings contains finding if {
	covering := [true |
		some trail in input.collections["aws.cloudtrail.trail"]
		trail.config.IsMultiRegionTrail
		trail.config.Status.IsLogging
		records_management_events(trail.config.Selectors)
	]
	count(covering) == 0
	finding := {
		"subject": "trail",
		"message": "no trail over all regions records management events",
		"evidence": [object.get(trail, "arn", "") | some trail in input.collections["aws.cloudtrail.trail"]],
	}
}

records_management_events(selectors) if {
	some selector in selectors.EventSelectors
	selector.IncludeManagementEvents
	selector.ReadWriteType == "All"
}

records_management_events(selectors) if {
	some selector in selectors.AdvancedEventSelectors
	some field in selector.FieldSelectors
	field.Field == "eventCategory"
	"Management" in field.Equals
	narrowing := [other | some other in selector.FieldSelectors; narrows(other)]
	count(narrowing) == 0
}

# Source: CloudTrail API reference, AdvancedFieldSelector: of management events a trail can leave out two noisy services
# (eventSource NotEquals) and reads or writes (readOnly). Whatever else may come narrows the selection.
narrows(field) if not field.Field in {"eventCategory", "eventSource"}

narrows(field) if {
	field.Field == "eventSource"
	some operator in {"Equals", "StartsWith", "EndsWith", "NotStartsWith", "NotEndsWith"}
	count(object.get(field, operator, [])) > 0
}

narrows(field) if {
	field.Field == "eventSource"
	some source in field.NotEquals
	not source in {"kms.amazonaws.com", "rdsdata.amazonaws.com"}
}
