# METADATA
# title: Load balancer without access logs
# description: |
#   The load balancer does not log the requests it serves.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.no-access-logs
#   technology: aws.elbv2.load-balancer
#   score: 3
#   rationale: Without the log nobody can say who asked for what.
#   remediation: Enable access logs to an S3 bucket.
#   equivalents:
#     security_hub: [ELB.5]
#     prowler: [elbv2_logging_enabled]
#     security_monkey: [Recommendation]
package rules.aws.elbv2.load_balancer.no_access_logs

not_applicable contains "a gateway load balancer has no access logs" if input.config.Type == "gateway"

# Source: Network Load Balancers, "Access logs": they are created only where there is a TLS listener.
not_applicable contains "a network load balancer without TLS listener writes no access logs" if {
	input.config.Type == "network"
	not has_tls_listener
}

has_tls_listener if {
	some listener in input.config.Listeners
	listener.Protocol == "TLS"
}

findings contains finding if {
	values := {attribute.Value | some attribute in input.config.Attributes; attribute.Key == "access_logs.s3.enabled"}
	count(values & {"true"}) == 0
	finding := {
		"subject": "access_logs.s3.enabled",
		"message": "access logs are off",
		"evidence": "Attributes",
	}
}
