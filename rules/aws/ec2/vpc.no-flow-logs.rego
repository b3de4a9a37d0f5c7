# METADATA
# title: VPC without flow logs
# description: |
#   No active flow log that can deliver records at least the rejected traffic of the VPC.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.vpc.no-flow-logs
#   technology: aws.ec2.vpc
#   score: 5
#   rationale: >-
#     Without flow logs nobody can say afterwards who talked to whom: the first question of every investigation.
#   remediation: Create a flow log for the VPC, at least for rejected traffic, to CloudWatch Logs or S3.
#   equivalents:
#     security_hub: [EC2.6]
#     prowler: [vpc_flow_logs_enabled]
#     cis: {"3.0": ["3.7"], "4.0.1": ["3.7"], "5.0": ["3.7"]}
#     security_monkey: [Recommendation]
package rules.aws.ec2.vpc.no_flow_logs

findings contains finding if {
	not is_recorded
	finding := {
		"subject": "FlowLogs",
		"message": "no flow log that delivers records the VPC's rejected traffic",
		"evidence": "FlowLogs",
	}
}

is_recorded if {
	some log in input.config.FlowLogs
	log.FlowLogStatus == "ACTIVE"
	object.get(log, "DeliverLogsStatus", "SUCCESS") != "FAILED"
	object.get(log, "TrafficType", "ALL") in {"ALL", "REJECT"}
}
