# Predicates over S3 documents.
package lib.s3

# The name of the public group a grant of an ACL is made to: everybody, or everybody with an AWS account.
public_group(grant) := group if {
	grant.Grantee.Type == "Group"
	parts := split(grant.Grantee.URI, "/groups/global/")
	count(parts) == 2
	group := parts[1]
	group in {"AllUsers", "AuthenticatedUsers"}
}
