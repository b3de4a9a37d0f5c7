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

test_fail_says_how_many_there_are if {
	messages := [message |
		some trails in [[], [trail(false, true)], [trail(false, true), trail(true, false)]]
		findings := no_multi_region_trail.findings with input as view(trails)
		some finding in findings
		message := finding.message
	]
	messages == [
		"the account has no trail",
		"the account's one trail does not cover all regions or is not logging",
		"none of the account's 2 trails covers all regions and is logging",
	]
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
