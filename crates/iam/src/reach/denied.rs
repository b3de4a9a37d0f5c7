//! What the Denies of a resource's policy leave of ways in that something else opens: an ACL, a grant.

use serde_json::{Value, json};

use super::findings::{ReachContext, ReachFinding, reach_of_resource_policy};
use super::joined::add_statements;
use crate::directory::AccountDirectory;
use crate::document::{Effect, Policy};
use crate::parse::{self, PolicyKind};

/// Who is still let in by these Allow statements, in the form of policies, under the Denies of the resource's policy. `None` where they
/// cannot be told as statements.
pub(super) fn left_by_denies(
    statements: &[Value],
    policy: Option<&Policy>,
    directory: &AccountDirectory,
    context: ReachContext<'_>,
) -> Option<Vec<ReachFinding>> {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let mut joined = parse::from_value(&document, PolicyKind::Resource).ok()?.policy;
    if let Some(policy) = policy {
        add_statements(&mut joined, policy, |statement| statement.effect == Effect::Deny);
    }
    Some(reach_of_resource_policy(&joined, directory, context))
}
