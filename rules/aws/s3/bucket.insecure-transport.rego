# METADATA
# title: S3 bucket accepts requests without TLS
# description: |
#   The bucket's policy does not deny every S3 action, on the bucket and on all its objects, to everybody whose request does not
#   come over TLS.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.insecure-transport
#   technology: aws.s3.bucket
#   score: 5
#   rationale: >-
#     Requests without TLS can be read and changed on their way, credentials in presigned addresses included.
#   remediation: >-
#     Add a statement that denies s3:* on the bucket and its objects to everybody where aws:SecureTransport is false.
#   equivalents:
#     security_hub: [S3.5]
#     prowler: [s3_bucket_secure_transport_policy]
#     cis: {"3.0": ["2.1.1"], "4.0.1": ["2.1.1"], "5.0": ["2.1.1"]}
package rules.aws.s3.bucket.insecure_transport

findings contains finding if {
	not denies_plain_requests
	finding := {
		"subject": "Policy",
		"message": "the policy does not deny requests without TLS",
		"evidence": "Policy",
	}
}

# The bucket and all its objects, in one statement or in several: as they are mostly written, else by patterns that cover them.
denies_plain_requests if {
	some arn in arns
	arn in denied
	sprintf("%s/*", [arn]) in denied
} else if {
	some arn in arns
	some bucket in denied
	covers(bucket, arn)
	some objects in denied
	endswith(objects, "*")
	covers(objects, sprintf("%s/*", [arn]))
}

arns := [sprintf("arn:%s:s3:::%s", [partition, input.config.Name]) | some partition in ["aws", "aws-cn", "aws-us-gov"]]

# What plain requests are denied on.
denied contains resource if {
	some policy in input.derived.policies
	policy.member == "Policy"
	some statement in policy.statements
	statement.effect == "Deny"
	some principal in statement.principals
	principal.value == "*"
	some action in statement.actions
	action in {"*", "s3:*"}
	count(statement.conditions) == 1
	some condition in statement.conditions
	condition.key == "aws:securetransport"
	holds_without_tls(condition)
	some resource in statement.resources
}

holds_without_tls(condition) if {
	condition.operator in {
		"Bool",
		"BoolIfExists",
		"StringEquals",
		"StringEqualsIfExists",
		"StringLike",
		"StringLikeIfExists",
		"StringEqualsIgnoreCase",
		"StringEqualsIgnoreCaseIfExists",
	}
	"false" in lowered(condition)
}

holds_without_tls(condition) if {
	condition.operator in {
		"StringNotEquals",
		"StringNotEqualsIfExists",
		"StringNotLike",
		"StringNotLikeIfExists",
		"StringNotEqualsIgnoreCase",
		"StringNotEqualsIgnoreCaseIfExists",
	}
	lowered(condition) == {"true"}
}

lowered(condition) := {lower(value) | some value in condition.values}

# The pattern is a text here: of a wildcard only one that is at least as wide covers it.
covers(pattern, text) if pattern == text

covers(pattern, text) if {
	contains(pattern, "*")
	glob.match(pattern, null, text)
}
