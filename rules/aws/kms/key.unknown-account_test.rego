package rules.aws.kms.key.unknown_account_test

import data.rules.aws.kms.key.unknown_account

view(class) := {"derived": {"grants": [], "reach": [{
	"member": "Policy",
	"subject": "Share",
	"at": "Policy.Statement[0]",
	"class": class,
	"who": "arn:aws:iam::999999999999:root",
	"account": "999999999999",
	"name": null,
	"actions": ["x:y"],
	"witness": null,
}]}}

test_fail_unknown if {
	findings := unknown_account.findings with input as view("unknown_account")
	{finding.subject | some finding in findings} == {"999999999999"}
}

granted(class, account, operations) := {
	"id": concat("-", operations),
	"class": class,
	"who": sprintf("arn:aws:iam::%s:role/x", [account]),
	"account": account,
	"name": null,
	"operations": operations,
	"at": "Grants[0]",
}

test_fail_grants_to_an_unknown_account_once if {
	grants := [granted("unknown_account", "999999999999", ["Decrypt"]), granted("unknown_account", "999999999999", ["CreateGrant", "Decrypt"])]
	findings := unknown_account.findings with input as {"derived": {"reach": [], "grants": grants}}
	{[finding.subject, finding.message] | some finding in findings} == {["grant 999999999999", "2 grants let unknown 999999999999 do CreateGrant, Decrypt"]}
}

test_pass_grants_to_known_accounts_and_services if {
	grants := [granted("friendly_account", "111111111111", ["Decrypt"]), object.union(granted("aws_service", "", ["Decrypt"]), {"account": null})]
	count(unknown_account.findings) == 0 with input as {"derived": {"reach": [], "grants": grants}}
}

test_pass_friendly if {
	count(unknown_account.findings) == 0 with input as view("friendly_account")
}

test_missing_policy if {
	count(unknown_account.findings) == 0 with input as {"derived": {"reach": []}}
}

test_missing_policy_of_a_key_is_no_pass if {
	count(unknown_account.unknown) == 1 with input as {"config": {}, "derived": {"reach": [], "grants": []}}
	count(unknown_account.unknown) == 0 with input as {"config": {"Policy": {"Statement": []}}, "derived": {"reach": [], "grants": []}}
}
