package rules.aws.ec2.instance.imdsv1_allowed_test

import data.rules.aws.ec2.instance.imdsv1_allowed

test_fail_optional if {
	count(imdsv1_allowed.findings) == 1 with input as {"config": {"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "optional"}}}
}

test_pass_required if {
	count(imdsv1_allowed.findings) == 0 with input as {"config": {"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"}}}
}

test_pass_switched_off if {
	count(imdsv1_allowed.findings) == 0 with input as {"config": {"MetadataOptions": {"HttpEndpoint": "disabled", "HttpTokens": "optional"}}}
}

test_missing_options if {
	count(imdsv1_allowed.unknown) == 1 with input as {"config": {}}
}
