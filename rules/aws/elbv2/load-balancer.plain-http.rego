# METADATA
# title: Application load balancer serves plain HTTP
# description: |
#   An HTTP listener of an application load balancer does something else than redirecting to HTTPS, by its default action or by
#   one of its rules.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.plain-http
#   technology: aws.elbv2.load-balancer
#   score: 5
#   rationale: What goes through it, sessions included, can be read and changed on its way.
#   remediation: Let the HTTP listener and all its rules redirect to an HTTPS listener.
#   equivalents:
#     security_hub: [ELB.1]
#     prowler: [elbv2_ssl_listeners]
#     security_monkey: [Insecure TLS]
package rules.aws.elbv2.load_balancer.plain_http

not_applicable contains "it is no application load balancer" if input.config.Type != "application"

findings contains finding if {
	some listener in input.config.Listeners
	listener.Protocol == "HTTP"
	not redirects(listener.DefaultActions)
	finding := {
		"subject": sprintf("HTTP/%d", [listener.Port]),
		"message": sprintf("port %d serves plain HTTP", [listener.Port]),
		"evidence": listener.ListenerArn,
	}
}

# The default action redirects, and yet something is served.
findings contains finding if {
	some listener in input.config.Listeners
	listener.Protocol == "HTTP"
	redirects(listener.DefaultActions)
	serving := [rule.RuleArn | some rule in listener.Rules; not redirects(rule.Actions)]
	count(serving) > 0
	finding := {
		"subject": sprintf("HTTP/%d", [listener.Port]),
		"message": sprintf("port %d serves plain HTTP by %d of its rules", [listener.Port, count(serving)]),
		"evidence": serving,
	}
}

redirects(actions) if {
	some action in actions
	action.Type == "redirect"
	action.RedirectConfig.Protocol == "HTTPS"
}
