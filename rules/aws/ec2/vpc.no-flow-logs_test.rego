package rules.aws.ec2.vpc.no_flow_logs_test

import data.rules.aws.ec2.vpc.no_flow_logs

test_fail_none if {
	count(no_flow_logs.findings) == 1 with input as {"config": {"FlowLogs": []}}
}

test_fail_inactive if {
	count(no_flow_logs.findings) == 1 with input as {"config": {"FlowLogs": [{"FlowLogStatus": "INACTIVE"}]}}
}

test_pass_active if {
	count(no_flow_logs.findings) == 0 with input as {"config": {"FlowLogs": [{"FlowLogStatus": "ACTIVE"}]}}
}

test_fail_not_delivered if {
	count(no_flow_logs.findings) == 1 with input as {"config": {"FlowLogs": [{"FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "FAILED", "TrafficType": "ALL"}]}}
}

test_fail_accepted_traffic_only if {
	count(no_flow_logs.findings) == 1 with input as {"config": {"FlowLogs": [{"FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "SUCCESS", "TrafficType": "ACCEPT"}]}}
}

test_pass_rejected_traffic if {
	count(no_flow_logs.findings) == 0 with input as {"config": {"FlowLogs": [{"FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "SUCCESS", "TrafficType": "REJECT"}]}}
}

test_missing_list if {
	count(no_flow_logs.findings) == 1 with input as {"config": {}}
}
