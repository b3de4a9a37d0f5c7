//! Equal up to spelling: order of statements, of list members and of conditions, Sids, letter case of actions and keys, lists
//! of one, `"*"` against `{"AWS": "*"}`, an account's id against its root ARN, repeated members.

use std::collections::HashSet;

use crate::arn::account_of;
use crate::document::{Condition, Effect, Element, Polarity, Policy, PrincipalElement, Statement};
use crate::pattern::language::is_covered;
use crate::pattern::{self, Case};

/// Whether the policies are the same up to spelling.
pub(super) fn is_same(old: &Policy, new: &Policy) -> bool {
    let variables_differ = old.version != new.version && (has_variables(old) || has_variables(new));
    let forms = |policy: &Policy| {
        let mut forms: Vec<String> = policy.statements.iter().map(form).collect();
        forms.sort();
        forms.dedup();
        forms
    };
    !variables_differ && forms(old) == forms(new)
}

/// Positions of Allow statements of `after` that `before` has as well, if both have the same Denies: they allow nothing new.
pub(super) fn unchanged_allows(before: &Policy, after: &Policy) -> Vec<usize> {
    let denies = |policy: &Policy| {
        let of_denies = policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Deny);
        let mut forms: Vec<String> = of_denies.map(form).collect();
        forms.sort();
        forms.dedup();
        forms
    };
    if before.version != after.version || denies(before) != denies(after) {
        return Vec::new();
    }
    let known: HashSet<String> = before.statements.iter().map(form).collect();
    after
        .statements
        .iter()
        .filter(|statement| known.contains(&form(statement)))
        .map(|statement| statement.index)
        .collect()
}

/// Whether the policies are the same after patterns covered by others of their list, and statements contained in others
/// with the same principals and conditions, are left out.
pub(super) fn is_equivalent(old: &Policy, new: &Policy) -> bool {
    (old.version == new.version || !has_variables(old) && !has_variables(new))
        && is_contained(old, new)
        && is_contained(new, old)
}

/// Whether every statement of one policy is contained in one of the other, Denies included.
fn is_contained(inner: &Policy, outer: &Policy) -> bool {
    inner.statements.iter().all(|statement| {
        outer
            .statements
            .iter()
            .any(|other| statement_is_contained(statement, other))
    })
}

fn statement_is_contained(inner: &Statement, outer: &Statement) -> bool {
    inner.effect == outer.effect
        && inner.principal.as_ref().map(principal_form) == outer.principal.as_ref().map(principal_form)
        && conditions_form(&inner.conditions) == conditions_form(&outer.conditions)
        && element_is_contained(&inner.action, &outer.action, Case::Insensitive)
        && match (&inner.resource, &outer.resource) {
            (Some(inner), Some(outer)) => element_is_contained(inner, outer, Case::Sensitive),
            (None, None) => true,
            _ => false,
        }
}

fn element_is_contained(inner: &Element, outer: &Element, case: Case) -> bool {
    let covered = |narrow: &Element, wide: &Element| {
        let wide: Vec<_> = wide
            .patterns
            .iter()
            .map(|pattern| pattern::tokens(&pattern.text))
            .collect();
        narrow
            .patterns
            .iter()
            .all(|pattern| is_covered(&pattern::tokens(&pattern.text), &wide, case) == Some(true))
    };
    match (inner.polarity, outer.polarity) {
        (Polarity::Is, Polarity::Is) => covered(inner, outer),
        (Polarity::Not, Polarity::Not) => covered(outer, inner),
        _ => false,
    }
}

fn has_variables(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| {
        let resources = statement.resource.iter().flat_map(|element| &element.patterns);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        resources.chain(values).any(|text| text.text.contains("${"))
    })
}

fn form(statement: &Statement) -> String {
    let principal = statement.principal.as_ref().map(principal_form).unwrap_or_default();
    let resource = statement
        .resource
        .as_ref()
        .map(|element| element_form(element, Case::Sensitive))
        .unwrap_or_default();
    let action = element_form(&statement.action, Case::Insensitive);
    format!(
        "{}|{principal}|{action}|{resource}|{}",
        statement.effect,
        conditions_form(&statement.conditions)
    )
}

fn sorted(mut texts: Vec<String>) -> String {
    texts.sort();
    texts.dedup();
    format!("{texts:?}")
}

fn element_form(element: &Element, case: Case) -> String {
    let text = |text: &str| {
        if case == Case::Insensitive {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }
    };
    let patterns = element
        .patterns
        .iter()
        .map(|pattern| text(&pattern.text))
        .map(|text| if text == "*:*" { "*".to_owned() } else { text });
    format!("{:?}{}", element.polarity, sorted(patterns.collect()))
}

fn principal_form(element: &PrincipalElement) -> String {
    let entries = element.entries.iter().map(|entry| {
        if entry.is_anyone() {
            return "*".to_owned();
        }
        match account_of(&entry.value) {
            Some(account) if entry.value.ends_with(":root") => format!("AWS {account}"),
            _ => format!("{} {}", entry.kind, entry.value),
        }
    });
    format!("{:?}{}", element.polarity, sorted(entries.collect()))
}

fn conditions_form(conditions: &[Condition]) -> String {
    let forms = conditions.iter().map(|condition| {
        let values = condition.values.iter().map(|value| value.text.clone()).collect();
        format!(
            "{} {} {}",
            condition.operator,
            condition.key.to_ascii_lowercase(),
            sorted(values)
        )
    });
    sorted(forms.collect())
}
