//! Conditions turned around: what follows from who asks, or is the resource's, compared with what is still to be chosen.

use crate::document::{Condition, OperatorKind, Policy, Statement, Version};
use crate::evaluate::{self, Part, parts};
use crate::keys::follows_from_caller;

/// The policy with its conditions [`turned`]; `None` where nothing is to be turned.
pub(super) fn mirrored(policy: &Policy) -> Option<Policy> {
    let mut mirrored: Option<Policy> = None;
    for (position, statement) in policy.statements.iter().enumerate() {
        if let Some(turned) = turned(statement) {
            mirrored.get_or_insert_with(|| policy.clone()).statements[position] = turned;
        }
    }
    mirrored
}

/// The statement with `aws:ResourceOrgID = ${aws:PrincipalOrgID}` as `aws:PrincipalOrgID = ${aws:ResourceOrgID}`, which means the same: of
/// two texts that are compared whole it does not matter which is the key's. The search chooses values of keys, and holds them to what is
/// known. `None` where nothing is to be turned.
pub(super) fn turned(statement: &Statement) -> Option<Statement> {
    let mut turned: Option<Statement> = None;
    for (position, condition) in statement.conditions.iter().enumerate() {
        let Some(key) = other_key(condition, statement.version) else {
            continue;
        };
        let turned = &mut turned.get_or_insert_with(|| statement.clone()).conditions[position];
        key.clone_into(&mut turned.key);
        for value in &mut turned.values {
            value.text = format!("${{{}}}", condition.key);
        }
    }
    turned
}

/// The key that the condition compares with what is known, if that is all it does.
fn other_key(condition: &Condition, version: Version) -> Option<&str> {
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
    if !is_symmetric || !is_known(&condition.key) || !evaluate::has_variable(&value.text, version) {
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
