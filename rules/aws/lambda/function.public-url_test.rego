package rules.aws.lambda.function.public_url_test

import data.rules.aws.lambda.function.public_url

view(type) := {"config": {"FunctionUrlConfigs": [{"FunctionArn": "arn:f", "FunctionUrl": "https://f/", "AuthType": type}]}}

test_fail_none if {
	count(public_url.findings) == 1 with input as view("NONE")
}

test_pass_iam if {
	count(public_url.findings) == 0 with input as view("AWS_IAM")
}

test_missing_urls if {
	count(public_url.findings) == 0 with input as {"config": {}}
}
