# METADATA
# title: S3 bucket shared with an unknown account
# description: |
#   The bucket's policy lets in an account or organisation that is neither ours nor a named third party, or its ACL
#   another owner. Accounts of Elastic Load Balancing that only put objects, which is how its access logs arrive, are known.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
#   - ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
# custom:
#   id: aws.s3.bucket.unknown-account
#   technology: aws.s3.bucket
#   score: 6
#   rationale: >-
#     Whoever controls that account can read or change the bucket's objects, and nobody here has decided so by name.
#   remediation: >-
#     Remove the account from the policy or ACL, or register it as friendly or third-party if it is meant.
#   parameters:
#     known_canonical_users: [c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0]
#     load_balancing_accounts:
#       af-south-1: "098369216593"
#       ap-east-1: "754344448648"
#       ap-northeast-1: "582318560864"
#       ap-northeast-2: "600734575887"
#       ap-northeast-3: "383597477331"
#       ap-south-1: "718504428378"
#       ap-southeast-1: "114774131450"
#       ap-southeast-2: "783225319266"
#       ap-southeast-3: "589379963580"
#       ca-central-1: "985666609251"
#       cn-north-1: "638102146993"
#       cn-northwest-1: "037604701340"
#       eu-central-1: "054676820928"
#       eu-north-1: "897822967062"
#       eu-south-1: "635631232127"
#       eu-west-1: "156460612806"
#       eu-west-2: "652711504416"
#       eu-west-3: "009996457667"
#       me-south-1: "076674570225"
#       sa-east-1: "507241528517"
#       us-east-1: "127311923021"
#       us-east-2: "033677994240"
#       us-gov-east-1: "190560391635"
#       us-gov-west-1: "048591011584"
#       us-west-1: "027434742980"
#       us-west-2: "797873946194"
#   equivalents:
#     security_monkey: [Unknown Cross Account]
package rules.aws.s3.bucket.unknown_account

import data.lib.policy

findings contains finding if {
	some way in policy.unknown_reach(input.derived.reach, "Policy")
	not delivers_logs(way)
	finding := {
		"subject": policy.who(way),
		"message": sprintf("the policy lets unknown %s do %s", [way.who, policy.shorten(way.actions)]),
		"evidence": {"path": way.at, "example": way.witness},
	}
}

findings contains finding if {
	some grant in input.config.Acl.Grants
	grant.Grantee.Type == "CanonicalUser"
	grant.Grantee.ID != input.config.Acl.Owner.ID
	not grant.Grantee.ID in input.parameters.known_canonical_users
	not acls_are_disabled
	finding := {
		"subject": sprintf("acl %s", [grant.Grantee.ID]),
		"message": sprintf("the ACL grants %s to another owner, %s", [grant.Permission, object.get(grant.Grantee, "DisplayName", grant.Grantee.ID)]),
		"evidence": "Acl.Grants",
	}
}

acls_are_disabled if {
	some ownership in input.config.OwnershipControls.Rules
	ownership.ObjectOwnership == "BucketOwnerEnforced"
}

# Source: Application Load Balancers, "Enable access logs": in older regions the logs come from an account of AWS's own.
delivers_logs(way) if {
	some account in input.parameters.load_balancing_accounts
	way.account == account
	{lower(action) | some action in way.actions} == {"s3:putobject"}
}
