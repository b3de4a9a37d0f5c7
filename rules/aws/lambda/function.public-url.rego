# METADATA
# title: Lambda function has an address without authentication
# description: |
#   A function URL has the authentication type NONE.
# related_resources:
#   - ref: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
# custom:
#   id: aws.lambda.function.public-url
#   technology: aws.lambda.function
#   score: 6
#   rationale: Everybody who finds the address can call the function.
#   remediation: >-
#     Set the authentication type to AWS_IAM, or put CloudFront or API Gateway with authentication in front.
#   equivalents:
#     prowler: [awslambda_function_url_public]
package rules.aws.lambda.function.public_url

findings contains finding if {
	some address in input.config.FunctionUrlConfigs
	address.AuthType == "NONE"
	finding := {
		"subject": address.FunctionArn,
		"message": sprintf("%s answers without authentication", [address.FunctionUrl]),
		"evidence": "FunctionUrlConfigs",
	}
}
