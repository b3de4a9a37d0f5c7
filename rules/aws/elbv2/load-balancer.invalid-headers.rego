# METADATA
# title: Application load balancer passes invalid headers
# description: |
#   The load balancer passes headers with invalid names to its targets.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.invalid-headers
#   technology: aws.elbv2.load-balancer
#   score: 3
#   rationale: Such headers are the tool of request smuggling.
#   remediation: Enable the dropping of invalid header fields.
#   equivalents:
#     security_hub: [ELB.4]
#     prowler: [elbv2_alb_drop_invalid_header_fields_enabled]
package rules.aws.elbv2.load_balancer.invalid_headers

not_applicable contains "it is no application load balancer" if input.config.Type != "application"

findings contains finding if {
	values := {attribute.Value | some attribute in input.config.Attributes; attribute.Key == "routing.http.drop_invalid_header_fields.enabled"}
	count(values & {"true"}) == 0
	finding := {
		"subject": "routing.http.drop_invalid_header_fields.enabled",
		"message": "invalid headers are passed on",
		"evidence": "Attributes",
	}
}
