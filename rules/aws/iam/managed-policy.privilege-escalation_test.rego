package rules.aws.iam.managed_policy.privilege_escalation_test

import data.rules.aws.iam.managed_policy.privilege_escalation

way(ids) := {
	"subject": "Grants",
	"at": ["PolicyVersionList[0].Document.Statement[0]"],
	"policies": [""],
	"methods": [{"id": id, "title": "Do it", "source": "somewhere", "actions": ["iam:A", "iam:B"]} | some id in ids],
}

view(arn, ways) := {"config": {"Arn": arn}, "derived": {"escalations": ways}}

test_fail_one_way if {
	found := privilege_escalation.findings with input as view("arn:aws:iam::123456789012:policy/p", [way(["one"])])
	some finding in found
	finding.message == "it can raise its privileges: Do it (iam:A + iam:B)"
}

test_fail_two_ways_of_one_statement if {
	found := privilege_escalation.findings with input as view("arn:aws:iam::123456789012:policy/p", [way(["one", "two"])])
	count(found) == 1
	some finding in found
	startswith(finding.message, "it can raise its privileges in 2 ways")
}

test_pass_no_way if {
	count(privilege_escalation.findings) == 0 with input as view("arn:aws:iam::123456789012:policy/p", [])
}

test_pass_aws_policy if {
	count(privilege_escalation.not_applicable) == 1 with input as view("arn:aws-cn:iam::aws:policy/p", [])
}

test_missing_derived if {
	count(privilege_escalation.findings) == 0 with input as {"config": {}, "derived": {}}
}
