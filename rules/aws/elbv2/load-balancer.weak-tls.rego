# METADATA
# title: Load balancer accepts outdated TLS
# description: |
#   A TLS listener has a security policy that accepts TLS 1.0 or 1.1. A policy newer than this rule is judged by its name, which says
#   the oldest version it accepts; of one whose name does not say, the answer is unknown.
# related_resources:
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html
# custom:
#   id: aws.elbv2.load-balancer.weak-tls
#   technology: aws.elbv2.load-balancer
#   score: 5
#   rationale: Outdated versions and ciphers can be broken by somebody on the line.
#   remediation: Choose a policy that begins at TLS 1.2, such as ELBSecurityPolicy-TLS13-1-2-Res-2021-06.
#   parameters:
#     policies:
#       - ELBSecurityPolicy-2015-05
#       - ELBSecurityPolicy-2016-08
#       - ELBSecurityPolicy-FS-1-1-2019-08
#       - ELBSecurityPolicy-FS-2018-06
#       - ELBSecurityPolicy-TLS-1-0-2015-04
#       - ELBSecurityPolicy-TLS-1-1-2017-01
#       - ELBSecurityPolicy-TLS13-1-0-2021-06
#       - ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04
#       - ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09
#       - ELBSecurityPolicy-TLS13-1-0-PQ-2025-09
#       - ELBSecurityPolicy-TLS13-1-1-2021-06
#       - ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04
#   equivalents:
#     security_hub: [ELB.17]
#     prowler: [elbv2_insecure_ssl_ciphers]
#     security_monkey: [Insecure TLS]
package rules.aws.elbv2.load_balancer.weak_tls

unknown contains sprintf("the oldest TLS version that the security policy %s accepts is not known", [name]) if {
	some listener in input.config.Listeners
	listener.Protocol in {"HTTPS", "TLS"}
	name := object.get(listener, "SslPolicy", "without a name")
	not is_weak(name)
	not is_strong(name)
}

# ELBSecurityPolicy-TLS13-1-0-2021-06, ELBSecurityPolicy-TLS-1-1-2017-01, ELBSecurityPolicy-FS-1-1-2019-08
is_weak(name) if name in input.parameters.policies

is_weak(name) if regex.match(`-1-[01](-|$)`, name)

is_strong(name) if {
	not is_weak(name)
	regex.match(`-1-[2-9](-|$)`, name)
}

findings contains finding if {
	some listener in input.config.Listeners
	listener.Protocol in {"HTTPS", "TLS"}
	is_weak(listener.SslPolicy)
	finding := {
		"subject": sprintf("%s/%d", [listener.Protocol, listener.Port]),
		"message": sprintf("port %d uses the security policy %s", [listener.Port, listener.SslPolicy]),
		"evidence": listener.ListenerArn,
	}
}
