# METADATA
# title: Lambda function uses a deprecated runtime
# description: |
#   AWS no longer patches the function's runtime.
# related_resources:
#   - ref: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html
# custom:
#   id: aws.lambda.function.deprecated-runtime
#   technology: aws.lambda.function
#   score: 5
#   rationale: >-
#     Holes found in the language runtime stay open, and AWS will at some point stop updates of the function.
#   remediation: Move the function to a supported runtime.
#   parameters:
#     runtimes:
#       - dotnet5.0
#       - dotnet6
#       - dotnet7
#       - dotnet8
#       - dotnetcore1.0
#       - dotnetcore2.0
#       - dotnetcore2.1
#       - dotnetcore3.1
#       - go1.x
#       - java8
#       - nodejs
#       - nodejs10.x
#       - nodejs12.x
#       - nodejs14.x
#       - nodejs16.x
#       - nodejs18.x
#       - nodejs20.x
#       - nodejs4.3
#       - nodejs4.3-edge
#       - nodejs6.10
#       - nodejs8.10
#       - provided
#       - python2.7
#       - python3.6
#       - python3.7
#       - python3.8
#       - python3.9
#       - ruby2.5
#       - ruby2.7
#       - ruby3.2
#   equivalents:
#     security_hub: [Lambda.2]
#     prowler: [awslambda_function_using_supported_runtimes]
package rules.aws.lambda.function.deprecated_runtime

findings contains finding if {
	input.config.Runtime in input.parameters.runtimes
	finding := {
		"subject": "Runtime",
		"message": sprintf("the runtime %s is deprecated", [input.config.Runtime]),
		"evidence": "Runtime",
	}
}
