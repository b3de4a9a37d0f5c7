//! Conditions turned around: what follows from who asks, or is the resource's, compared with what is still to be chosen.

use crate::document::{Condition, OperatorKind, Policy};
use crate::evaluate::{self, Part, parts};
use crate::keys::follows_from_caller;

/// The policy with `aws:ResourceOrgID = ${aws:PrincipalOrgID}` as `aws:PrincipalOrgID = ${aws:ResourceOrgID}`, which means the same: of two
/// texts that are compared whole it does not matter which is the key's. The search chooses values of keys, and holds them to what is known.
/// `None` where nothing is to be turned.
pub(super) fn mirrored(policy: &Policy) -> Option<Policy> {
    let is_turned = |condition: &Condition| other_key(condition, policy).is_some();
    let mut conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
    if !conditions.any(is_turned) {
        return None;
    }
    let mut turned = policy.clone();
    for condition in turned
        .statements
        .iter_mut()
        .flat_map(|statement| &mut statement.conditions)
    {
        let Some(key) = other_key(condition, policy).map(str::to_owned) else {
            continue;
        };
        let known = std::mem::replace(&mut condition.key, key);
        for value in &mut condition.values {
            value.text = format!("${{{known}}}");
        }
    }
    Some(turned)
}

/// The key that the condition compares with what is known, if that is all it does.
fn other_key<'c>(condition: &'c Condition, policy: &Policy) -> Option<&'c str> {
    let operator = condition.operator;
    let is_symmetric = matches!(
        operator.kind,
        OperatorKind::StringEquals
            | OperatorKind::StringNotEquals
            | OperatorKind::StringEqualsIgnoreCase
            | OperatorKind::StringNotEqualsIgnoreCase
            | OperatorKind::StringLike
            | OperatorKind::StringNotLike
    ) && operator.quantifier.is_none()
        && !operator.if_exists;
    let [value] = condition.values.as_slice() else {
        return None;
    };
    if !is_symmetric || !is_known(&condition.key) || !evaluate::has_variable(&value.text, policy.version) {
        return None;
    }
    let mut parts = parts(&value.text);
    let (Some(part @ Part::Variable(written)), None) = (parts.next(), parts.next()) else {
        return None;
    };
    // Without a default, which would be compared where the key is absent.
    part.key()
        .filter(|key| !is_known(key) && written.len() == key.len() + "${}".len())
}

fn is_known(key: &str) -> bool {
    follows_from_caller(key) || key.eq_ignore_ascii_case("aws:ResourceOrgID")
}
