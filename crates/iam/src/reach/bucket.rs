//! Who can reach an S3 bucket: its policy and its ACL, under object ownership and block public access of bucket and
//! account.
//!
//! Source: S3 User Guide, "Blocking public access to your Amazon S3 storage" and "Controlling ownership of objects and
//! disabling ACLs".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reach;
use super::access::{Access, CUT_SHORT, Through};
use super::denied::left_by_denies;
use super::findings::{Accepts, ReachContext, reach_of_resource_policy};
use super::joined::add_statements;
use super::normalise::standing_class;
use crate::directory::AccountDirectory;
use crate::document::{Effect, Policy};
use crate::evaluate::{Caller, Request};
use crate::parse::{self, PolicyKind};

mod public;

use public::is_public_to_s3;

/// A bucket and everything that decides who reaches it.
#[derive(Debug, Clone)]
pub struct Bucket<'a> {
    /// `arn:aws:s3:::name`.
    pub arn: &'a str,
    /// Its policy.
    pub policy: Option<&'a Policy>,
    /// The grants of its ACL.
    pub acl: Vec<AclGrant>,
    /// Whether ACLs count.
    pub object_ownership: ObjectOwnership,
    /// Block public access of the bucket.
    pub bucket_block: BlockPublicAccess,
    /// Block public access of the account; S3 applies the stricter of both.
    pub account_block: BlockPublicAccess,
}

/// The four settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own four switches")]
pub struct BlockPublicAccess {
    /// New public ACLs are refused; changes nothing about those there are.
    pub block_public_acls: bool,
    /// Public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// New public policies are refused; changes nothing about the one there is.
    pub block_public_policy: bool,
    /// A bucket with a public policy is reachable only for AWS services and the owner's account.
    pub restrict_public_buckets: bool,
}

/// Object ownership.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// ACLs are disabled, the default since April 2023.
    BucketOwnerEnforced,
    /// ACLs count.
    BucketOwnerPreferred,
    /// ACLs count; what a bucket without the setting has.
    #[default]
    ObjectWriter,
}

/// One grant of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AclGrant {
    /// To whom.
    pub grantee: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// To whom an ACL grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Grantee {
    /// A predefined group, by URI.
    Group {
        /// `http://acs.amazonaws.com/groups/global/AllUsers`, …
        uri: String,
    },
    /// An account by its canonical user id.
    CanonicalUser {
        /// 64 hexadecimal digits.
        id: String,
    },
    /// An account by e-mail address.
    Email {
        /// The address.
        address: String,
    },
}

/// Who can reach a bucket, farthest first; ways that a setting closes are listed with it.
pub fn reach_of_bucket(
    bucket: &Bucket<'_>,
    owner_canonical_id: Option<&str>,
    directory: &AccountDirectory,
) -> Vec<Access> {
    let mut found: Vec<Access> = Vec::new();
    if let Some(policy) = bucket.policy {
        let context = ReachContext {
            resource: Some(bucket.arn),
            accepts: Accepts::Anonymous,
        };
        found.extend(
            reach_of_resource_policy(policy, directory, context)
                .into_iter()
                .map(Access::from),
        );
        let is_public = found.iter().any(|access| match access.through {
            Through::Policy { statement, .. } if access.class.is_public() => {
                // By the number that it was written under: joined policies have others at its place.
                let mut statements = policy.statements.iter();
                let found = statements.find(|candidate| candidate.index == statement);
                found.is_some_and(is_public_to_s3)
            }
            _ => false,
        });
        if is_public && restricts_public(bucket) {
            let stays = |class: Reach| {
                matches!(
                    class,
                    Reach::AwsService { .. } | Reach::SameAccount | Reach::DeletedPrincipal
                )
            };
            for access in found.iter_mut().filter(|access| !stays(access.class)) {
                access.blocked_by = Some(
                    "RestrictPublicBuckets: the policy is public, so only AWS services and the owner's account get in",
                );
            }
        }
    }
    for grant in &bucket.acl {
        let Some(granted) = acl_access(grant, owner_canonical_id, directory) else {
            continue;
        };
        let block = acl_block(bucket, granted.class);
        for mut access in under_denies(bucket, grant, granted, directory) {
            access.blocked_by = block.or(access.blocked_by);
            found.push(access);
        }
    }
    found.sort_by_key(|access| std::cmp::Reverse(access.class));
    found
}

/// The policy of a bucket as it counts for one request: with those grants of the ACL that are the caller's and count, as statements, and
/// without its Allows where block public access takes them away, of which the second answer says so. `directory` looks from the owner.
/// `None` for a bucket that has neither.
pub(crate) fn policy_that_counts(
    bucket: &Bucket<'_>,
    request: &Request,
    owner_canonical_id: Option<&str>,
    directory: &AccountDirectory,
) -> Option<(Policy, Option<&'static str>)> {
    let account = request.caller.account();
    let is_of_owner =
        matches!(request.caller, Caller::Service { .. }) || account.is_some() && account == directory.own();
    let restricted = if is_of_owner {
        None
    } else {
        restriction(bucket, directory)
    };
    let grants: Vec<Value> = bucket
        .acl
        .iter()
        .filter_map(|grant| {
            let granted = acl_access(grant, owner_canonical_id, directory)?;
            if acl_block(bucket, granted.class).is_some() {
                return None;
            }
            let principal = match (&grant.grantee, granted.class) {
                (Grantee::CanonicalUser { id }, _) => match granted.account {
                    Some(account) => json!({ "AWS": account }),
                    None => json!({ "CanonicalUser": id }),
                },
                (Grantee::Group { .. }, Reach::Internet) => json!("*"),
                (Grantee::Group { .. }, Reach::AnyAwsAccount) if account.is_some() => json!("*"),
                (Grantee::Group { .. } | Grantee::Email { .. }, _) => return None,
            };
            let sid = format!("ACL: {} to {}", grant.permission, granted.who);
            Some(of_acl(bucket, &granted.actions, &principal, &sid))
        })
        .flatten()
        .collect();
    let document = json!({ "Version": "2012-10-17", "Statement": grants });
    let of_acl = parse::from_value(&document, PolicyKind::Resource).map(|parsed| parsed.policy);
    let Some(policy) = bucket.policy else {
        return of_acl.ok().map(|policy| (policy, None));
    };
    let mut joined = policy.clone();
    if restricted.is_some() {
        joined.statements.retain(|statement| statement.effect == Effect::Deny);
    }
    if let Ok(of_acl) = &of_acl {
        add_statements(&mut joined, of_acl, |_| true);
    }
    Some((joined, restricted))
}

/// Whether bucket or account hold a public policy to AWS services and the owner's account.
fn restricts_public(bucket: &Bucket<'_>) -> bool {
    bucket.bucket_block.restrict_public_buckets || bucket.account_block.restrict_public_buckets
}

/// What takes the Allows of the bucket's policy away from all but AWS services and the owner's account.
fn restriction(bucket: &Bucket<'_>, directory: &AccountDirectory) -> Option<&'static str> {
    let of_policy = Bucket {
        acl: Vec::new(),
        ..bucket.clone()
    };
    let ways = restricts_public(bucket).then(|| reach_of_bucket(&of_policy, None, directory));
    ways.into_iter().flatten().find_map(|way| way.blocked_by)
}

/// What keeps a grant of the ACL to such a class from having an effect.
fn acl_block(bucket: &Bucket<'_>, granted: Reach) -> Option<&'static str> {
    let ignores_public = bucket.bucket_block.ignore_public_acls || bucket.account_block.ignore_public_acls;
    if bucket.object_ownership == ObjectOwnership::BucketOwnerEnforced {
        Some("BucketOwnerEnforced: ACLs have no effect")
    } else if granted.is_public() && ignores_public {
        Some("IgnorePublicAcls: public ACLs have no effect")
    } else {
        None
    }
}

/// A grant as the statements it amounts to: writing is about objects, the rest about the bucket.
fn of_acl(bucket: &Bucket<'_>, actions: &[String], principal: &Value, sid: &str) -> Vec<Value> {
    let inside = format!("{}/*", bucket.arn);
    let (of_objects, of_bucket): (Vec<&String>, Vec<&String>) =
        actions.iter().partition(|action| action.as_str() == "s3:PutObject");
    [(of_bucket, bucket.arn), (of_objects, inside.as_str())]
        .into_iter()
        .filter(|(actions, _)| !actions.is_empty())
        .map(|(actions, resource)| {
            json!({ "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource })
        })
        .collect()
}

/// What the Denies of the bucket's policy leave of a grant of its ACL. Source: S3 User Guide, "How Amazon S3 authorizes a request": an
/// explicit deny of the bucket policy overrides what an ACL grants.
fn under_denies(bucket: &Bucket<'_>, grant: &AclGrant, granted: Access, directory: &AccountDirectory) -> Vec<Access> {
    let principal = match (&grant.grantee, granted.class) {
        (Grantee::CanonicalUser { id }, _) => json!({ "CanonicalUser": id }),
        (Grantee::Group { .. }, Reach::Internet | Reach::AnyAwsAccount) => json!("*"),
        (Grantee::Email { .. }, _) => return vec![granted.unproven("an e-mail address is no principal of a policy")],
        (Grantee::Group { .. }, _) => {
            return vec![granted.unproven("the group is a service's own, which no policy names")];
        }
    };
    let accepts = if granted.class == Reach::AnyAwsAccount {
        Accepts::SignedOnly
    } else {
        Accepts::Anonymous
    };
    let statements = of_acl(bucket, &granted.actions, &principal, "");
    let context = ReachContext {
        resource: Some(bucket.arn),
        accepts,
    };
    let Some(mut found) = left_by_denies(&statements, bucket.policy, directory, context) else {
        return vec![granted.unproven(CUT_SHORT)];
    };
    if granted.class == Reach::AnyAwsAccount {
        // Whoever is authenticated has an account, which services have not.
        let is_service = |request: &Request| matches!(request.caller, Caller::Service { .. });
        found.retain(|finding| !finding.witness.as_ref().is_some_and(is_service));
    }
    if found.is_empty() {
        return vec![Access {
            blocked_by: Some("the bucket's policy denies whatever the ACL grants"),
            ..granted
        }];
    }
    let left = found.into_iter().map(|finding| Access {
        class: finding.class,
        who: if finding.class == granted.class {
            granted.who.clone()
        } else {
            finding.who
        },
        account: finding.account,
        name: finding.name,
        actions: finding.actions,
        unproven: finding.witness.is_none().then_some(CUT_SHORT),
        witness: finding.witness,
        ..granted.clone()
    });
    left.collect()
}

fn acl_access(grant: &AclGrant, owner_canonical_id: Option<&str>, directory: &AccountDirectory) -> Option<Access> {
    // Source: S3 User Guide, "Access control list (ACL) overview", "Mapping of ACL permissions and access policy permissions".
    let actions: &[&str] = match grant.permission.as_str() {
        "READ" => &[
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
        ],
        "WRITE" => &["s3:PutObject"],
        "READ_ACP" => &["s3:GetBucketAcl"],
        "WRITE_ACP" => &["s3:PutBucketAcl"],
        _ => &[
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
            "s3:GetBucketAcl",
            "s3:PutBucketAcl",
        ],
    };
    match &grant.grantee {
        Grantee::Group { uri } => {
            let class = if uri.ends_with("/global/AllUsers") {
                Reach::Internet
            } else if uri.ends_with("/global/AuthenticatedUsers") {
                Reach::AnyAwsAccount
            } else {
                // The log delivery group.
                Reach::AwsService { guarded: true }
            };
            Some(Access::plain(class, uri.as_str(), actions, Through::Acl))
        }
        Grantee::CanonicalUser { id } if Some(id.as_str()) == owner_canonical_id => None,
        Grantee::CanonicalUser { id } => match directory.account_of_canonical_user(id) {
            Some(account) if standing_class(directory.standing(account)) == Reach::SameAccount => None,
            Some(account) => Some(Access::of_account(account, actions, Through::Acl, directory)),
            None => Some(Access::plain(Reach::UnknownAccount, id.as_str(), actions, Through::Acl)),
        },
        Grantee::Email { address } => Some(Access::plain(
            Reach::UnknownAccount,
            address.as_str(),
            actions,
            Through::Acl,
        )),
    }
}
