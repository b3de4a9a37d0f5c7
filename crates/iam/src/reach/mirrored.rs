//! Conditions turned around: what follows from who asks, or is the resource's, compared with what is still to be chosen.

use crate::document::{Condition, OperatorKind, Policy, Statement, Version};
use crate::evaluate::{self, Part, parts};
use crate::keys::follows_from_caller;

/// The policy with its conditions [`turned`]; `None` where nothing is to be turned.
pub(super) fn mirrored(policy: &Policy) -> Option<Policy> {
    let mut statements = policy.statements.iter();
    statements.any(|statement| turned(statement).is_some()).then(|| {
        let mut mirrored = policy.clone();
        for statement in &mut mirrored.statements {
            if let Some(turned) = turned(statement) {
                *statement = turned;
            }
        }
        mirrored
    })
}

/// The statement with `aws:ResourceOrgID = ${aws:PrincipalOrgID}` as `aws:PrincipalOrgID = ${aws:ResourceOrgID}`, which means the same: of
/// two texts that are compared whole it does not matter which is the key's. The search chooses values of keys, and holds them to what is
/// known. `None` where nothing is to be turned.
pub(super) fn turned(statement: &Statement) -> Option<Statement> {
    let version = statement.version;
    let mut conditions = statement.conditions.iter();
    conditions
        .any(|condition| other_key(condition, version).is_some())
        .then(|| {
            let mut turned = statement.clone();
            for condition in &mut turned.conditions {
                let Some(key) = other_key(condition, version).map(str::to_owned) else {
                    continue;
                };
                let known = std::mem::replace(&mut condition.key, key);
                for value in &mut condition.values {
                    value.text = format!("${{{known}}}");
                }
            }
            turned
        })
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
