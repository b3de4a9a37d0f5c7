//! Who can reach a key, a role, a snapshot or an image.

use serde::Serialize;
use serde_json::json;

use super::Reach;
use super::access::{Access, CUT_SHORT, Through};
use super::denied::left_by_denies;
use super::findings::{Accepts, ReachContext, ReachFinding, reach_of_resource_policy};
use crate::arn::{Arn, account_of, is_account_id};
use crate::directory::AccountDirectory;
use crate::document::Policy;
use crate::evaluate::{Caller, KeyGrant, NamedPolicy, PolicySet, Request, ResourceKind, evaluate};

/// To whom a snapshot or an image is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Sharing {
    /// `all`: every AWS account.
    Everybody,
    /// An account.
    Account {
        /// Its id.
        id: String,
    },
    /// An organisation or unit, by ARN.
    Organisation {
        /// `arn:aws:organizations::111111111111:organization/o-…`.
        arn: String,
    },
}

/// Who can use a KMS key: by its policy, and by its grants.
pub fn reach_of_key(
    key_arn: &str,
    policy: Option<&Policy>,
    grants: &[KeyGrant],
    directory: &AccountDirectory,
) -> Vec<Access> {
    let context = ReachContext {
        resource: Some(key_arn),
        accepts: Accepts::SignedOnly,
    };
    let mut found: Vec<Access> = policy
        .map(|policy| reach_of_resource_policy(policy, directory, context))
        .unwrap_or_default()
        .into_iter()
        .map(Access::from)
        .collect();
    for grant in grants {
        let actions: Vec<String> = grant
            .operations
            .iter()
            .map(|operation| format!("kms:{operation}"))
            .collect();
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let through = Through::KeyGrant { id: grant.id.clone() };
        let mut access = match account_of(&grant.grantee) {
            Some(account) => Access::of_account(account, &actions, through, directory),
            // Grants to services are made by the service for the resource it manages.
            None if grant.grantee.ends_with(".amazonaws.com") => Access::plain(
                Reach::AwsService { guarded: true },
                grant.grantee.as_str(),
                &actions,
                through,
            ),
            None => Access::plain(Reach::UnknownAccount, grant.grantee.as_str(), &actions, through),
        };
        access.who.clone_from(&grant.grantee);
        found.push(under_denies(access, key_arn, policy, grant, directory));
    }
    found.sort_by_key(|access| std::cmp::Reverse(access.class));
    found
}

/// What the Denies of the key's policy leave of a grant. Source: KMS Developer Guide, "Troubleshooting AWS KMS permissions": an explicit
/// deny comes before grants.
fn under_denies(
    mut granted: Access,
    key_arn: &str,
    policy: Option<&Policy>,
    grant: &KeyGrant,
    directory: &AccountDirectory,
) -> Access {
    granted.witness = grant_witness(None, key_arn, policy, grant, directory);
    let principal = match Caller::read(&grant.grantee) {
        Some(Caller::Service { name }) => json!({ "Service": name }),
        Some(caller) if caller.account().is_some() => json!({ "AWS": grant.grantee }),
        _ => return granted.unproven("the grantee is no principal that there is"),
    };
    let statement =
        json!({ "Effect": "Allow", "Principal": principal, "Action": granted.actions, "Resource": key_arn });
    let context = ReachContext {
        resource: Some(key_arn),
        accepts: Accepts::SignedOnly,
    };
    let Some(left) = left_by_denies(&[statement], policy, directory, context) else {
        return granted;
    };
    if left.is_empty() {
        granted.witness = None;
        granted.blocked_by = Some("the key's policy denies whatever the grant allows");
        return granted;
    }
    granted
        .actions
        .retain(|action| left.iter().any(|finding| finding.actions.contains(action)));
    if granted.witness.is_none() {
        // In the circumstances that the Denies spare.
        let spared = left.iter().filter_map(|finding| finding.witness.as_ref());
        granted.witness = spared
            .into_iter()
            .find_map(|spared| grant_witness(Some(spared), key_arn, policy, grant, directory));
    }
    granted.unproven = granted.witness.is_none().then_some(CUT_SHORT);
    granted
}

/// What the policies of a grantee are taken to allow: a grant to an account leaves to that account who of it may use it, as a key's
/// policy does.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// A request that the grant allows, in these circumstances if any are given; none where the key's policy denies it there.
fn grant_witness(
    spared: Option<&Request>,
    key_arn: &str,
    policy: Option<&Policy>,
    grant: &KeyGrant,
    directory: &AccountDirectory,
) -> Option<Request> {
    let request = match spared {
        Some(spared) => spared.clone(),
        None => Request::new(Caller::read(&grant.grantee)?, "", key_arn),
    };
    // What the key's policy allows by itself is no matter of the grant.
    let denies = policy.map(|policy| Policy {
        statements: policy.denies().cloned().collect(),
        ..policy.clone()
    });
    let everything = Policy::parse(EVERYTHING).ok()?;
    let identity = vec![NamedPolicy {
        name: "everything",
        policy: &everything,
    }];
    let policies = PolicySet {
        // A federated user has rights that a session policy hands on.
        session: matches!(request.caller, Caller::FederatedUser { .. }).then(|| identity.clone()),
        identity,
        resource: denies.as_ref().map(|policy| NamedPolicy { name: "key", policy }),
        resource_kind: ResourceKind::PolicyRequired,
        grants: std::slice::from_ref(grant),
        ..PolicySet::default()
    };
    grant.operations.iter().find_map(|operation| {
        let mut request = Request {
            action: format!("kms:{operation}"),
            ..request.clone()
        };
        request.resource_account = directory.own().map(str::to_owned);
        for (key, value) in grant.constraints.context() {
            request.context.set(&key, value);
        }
        evaluate(&request, &policies).is_allowed().then_some(request)
    })
}

/// Who can assume a role.
pub fn reach_of_trust_policy(role_arn: &str, policy: &Policy, directory: &AccountDirectory) -> Vec<ReachFinding> {
    let context = ReachContext {
        resource: Some(role_arn),
        accepts: Accepts::SignedOnly,
    };
    reach_of_resource_policy(policy, directory, context)
}

/// Who can copy or start from a snapshot or an image. `actions` is what sharing allows: `ec2:CreateVolume`,
/// `rds:RestoreDBInstanceFromDBSnapshot`, `ec2:RunInstances`.
pub fn reach_of_shared(shared_with: &[Sharing], actions: &[&str], directory: &AccountDirectory) -> Vec<Access> {
    let mut found: Vec<Access> = shared_with
        .iter()
        .map(|sharing| match sharing {
            Sharing::Everybody => Access::plain(Reach::AnyAwsAccount, "*", actions, Through::Sharing),
            Sharing::Account { id } if is_account_id(id) => {
                Access::of_account(id, actions, Through::Sharing, directory)
            }
            Sharing::Account { id } => Access::plain(Reach::UnknownAccount, id.as_str(), actions, Through::Sharing),
            Sharing::Organisation { arn } => {
                let id = Arn::read(arn)
                    .and_then(|parts| parts.resource.split('/').nth(1))
                    .unwrap_or(arn);
                let is_ours = directory.is_our_organisation(id);
                let class = if is_ours {
                    Reach::Organisation
                } else {
                    Reach::UnknownOrganisation
                };
                Access::plain(class, id, actions, Through::Sharing)
            }
        })
        .map(|access: Access| access.unproven("a sharing list is no policy: what it lists is the proof"))
        .collect();
    found.sort_by_key(|access| std::cmp::Reverse(access.class));
    found
}
