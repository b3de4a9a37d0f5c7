package rules.aws.iam.account_summary.no_management_events_trail_test

import data.rules.aws.iam.account_summary.no_management_events_trail

trail(multi_region, logging) := {"config": {
	"IsMultiRegionTrail": multi_region,
	"Status": {"IsLogging": logging},
	"Selectors": {"EventSelectors": [{"IncludeManagementEvents": true, "ReadWriteType": "All"}]},
}}

view(trails) := {"collections": {"aws.cloudtrail.trail": trails}}

test_fail_none if {
	count(no_management_events_trail.findings) == 1 with input as view([])
}

test_fail_data_events_only if {
	only_data := {"config": {
		"IsMultiRegionTrail": true,
		"Status": {"IsLogging": true},
		"Selectors": {"EventSelectors": [{"IncludeManagementEvents": false, "ReadWriteType": "All"}]},
	}}
	count(no_management_events_trail.findings) == 1 with input as view([only_data])
}

test_pass_all if {
	count(no_management_events_trail.findings) == 0 with input as view([trail(true, true)])
}

test_pass_advanced if {
	advanced := {"config": {
		"IsMultiRegionTrail": true,
		"Status": {"IsLogging": true},
		"Selectors": {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]},
	}}
	count(no_management_events_trail.findings) == 0 with input as view([advanced])
}

test_missing_selectors if {
	count(no_management_events_trail.findings) == 1 with input as view([{"config": {"IsMultiRegionTrail": true, "Status": {"IsLogging": true}}}])
}
