package rules.aws.iam.identity.privilege_escalation_test

import data.rules.aws.iam.identity.privilege_escalation

way(policies) := {
	"subject": "Grants",
	"at": [],
	"policies": policies,
	"methods": [{"id": "one", "title": "Do it", "source": "somewhere", "actions": ["iam:A"]}],
}

found(policies) := findings if {
	findings := privilege_escalation.findings with input as {"config": {}, "derived": {"escalations": [way(policies)]}}
}

test_fail_inline_policy if {
	count(found([""])) == 1
}

test_fail_inline_and_attached_together if {
	count(found(["", "arn:aws:iam::123456789012:policy/p"])) == 1
}

test_fail_policy_of_aws if {
	count(found(["arn:aws:iam::aws:policy/IAMFullAccess"])) == 1
}

test_pass_customer_policy_alone if {
	count(found(["arn:aws:iam::123456789012:policy/p"])) == 0
}

test_pass_no_way if {
	count(privilege_escalation.findings) == 0 with input as {"config": {}, "derived": {"escalations": []}}
}

test_missing_derived if {
	count(privilege_escalation.findings) == 0 with input as {"config": {}, "derived": {}}
}
