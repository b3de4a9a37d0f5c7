package rules.aws.iam.account_summary.no_multi_region_trail_test

import data.rules.aws.iam.account_summary.no_multi_region_trail

trail(multi_region, logging) := {"config": {
	"IsMultiRegionTrail": multi_region,
	"Status": {"IsLogging": logging},
	"Selectors": {"EventSelectors": [{"IncludeManagementEvents": true, "ReadWriteType": "All"}]},
}}

view(trails) := {"collections": {"aws.cloudtrail.trail": trails}}

test_fail_none if {
	count(no_multi_region_trail.findings) == 1 with input as view([])
}

test_fail_one_region if {
	count(no_multi_region_trail.findings) == 1 with input as view([trail(false, true)])
}

test_fail_stopped if {
	count(no_multi_region_trail.findings) == 1 with input as view([trail(true, false)])
}

test_pass_multi_region if {
	count(no_multi_region_trail.findings) == 0 with input as view([trail(false, true), trail(true, true)])
}

test_missing_members if {
	count(no_multi_region_trail.findings) == 1 with input as view([{"config": {}}])
}
