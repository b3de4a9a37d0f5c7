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

advanced(fields) := {"config": {
	"IsMultiRegionTrail": true,
	"Status": {"IsLogging": true},
	"Selectors": {"AdvancedEventSelectors": [{"FieldSelectors": array.concat([{"Field": "eventCategory", "Equals": ["Management"]}], fields)}]},
}}

test_pass_without_the_noisy_services if {
	quieter := advanced([{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}])
	count(no_management_events_trail.findings) == 0 with input as view([quieter])
}

test_fail_narrowed if {
	every field in [
		{"Field": "readOnly", "Equals": ["true"]},
		{"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]},
		{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "iam.amazonaws.com"]},
		{"Field": "eventSource", "NotStartsWith": ["iam"]},
		{"Field": "eventSource", "NotEndsWith": ["amazonaws.com"]},
		{"Field": "eventName", "StartsWith": ["Delete"]},
		{"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts::123456789012:assumed-role/automation"]},
	] {
		count(no_management_events_trail.findings) == 1 with input as view([advanced([field])])
	}
}
