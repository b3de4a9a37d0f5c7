# METADATA
# title: Application load balancer does not defend against desync
# description: |
#   The desync mitigation mode is monitor: ambiguous requests reach the targets.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.desync-mitigation
#   technology: aws.elbv2.load-balancer
#   score: 3
#   rationale: Requests that two servers understand differently let one user answer for another.
#   remediation: Set the mode to defensive or strictest.
#   equivalents:
#     security_hub: [ELB.12]
#     prowler: [elbv2_desync_mitigation_mode]
package rules.aws.elbv2.load_balancer.desync_mitigation

not_applicable contains "it is no application load balancer" if input.config.Type != "application"

findings contains finding if {
	values := {attribute.Value | some attribute in input.config.Attributes; attribute.Key == "routing.http.desync_mitigation_mode"}
	count(values & {"defensive", "strictest"}) == 0
	finding := {
		"subject": "routing.http.desync_mitigation_mode",
		"message": "ambiguous requests are passed on",
		"evidence": "Attributes",
	}
}
