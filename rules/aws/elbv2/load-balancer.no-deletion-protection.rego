# METADATA
# title: Load balancer without deletion protection
# description: |
#   The load balancer can be deleted by one call.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.no-deletion-protection
#   technology: aws.elbv2.load-balancer
#   score: 2
#   rationale: A mistake takes everything behind it off the network, and its address with it.
#   remediation: Enable deletion protection.
#   equivalents:
#     security_hub: [ELB.6]
#     prowler: [elbv2_deletion_protection]
#     security_monkey: [Recommendation]
package rules.aws.elbv2.load_balancer.no_deletion_protection

findings contains finding if {
	values := {attribute.Value | some attribute in input.config.Attributes; attribute.Key == "deletion_protection.enabled"}
	count(values & {"true"}) == 0
	finding := {
		"subject": "deletion_protection.enabled",
		"message": "deletion protection is off",
		"evidence": "Attributes",
	}
}
