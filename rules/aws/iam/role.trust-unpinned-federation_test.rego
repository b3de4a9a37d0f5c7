package rules.aws.iam.role.trust_unpinned_federation_test

import data.rules.aws.iam.role.trust_unpinned_federation

view(class, extra) := {"derived": {"reach": [object.union(
	{
		"member": "AssumeRolePolicyDocument",
		"subject": "Trust",
		"at": "AssumeRolePolicyDocument.Statement[0]",
		"class": class,
		"who": "arn:aws:iam::999999999999:root",
		"account": "999999999999",
		"name": null,
		"actions": ["sts:AssumeRole"],
		"witness": null,
	},
	extra,
)]}}

test_fail_found if {
	count(trust_unpinned_federation.findings) == 1 with input as view("federation", {"pinned": false, "account": null})
}

test_pass_other if {
	count(trust_unpinned_federation.findings) == 0 with input as view("federation", {"pinned": true, "account": null})
}

test_missing_trust if {
	count(trust_unpinned_federation.findings) == 0 with input as {"derived": {"reach": []}}
}
