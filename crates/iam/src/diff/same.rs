//! Equal up to spelling: order of statements, of list members and of conditions, Sids, letter case of actions and keys, lists
//! of one, `"*"` against `{"AWS": "*"}`, an account's id against its root ARN, repeated members, networks cut differently, operators
//! that mean the same, Denies that nothing allowed can meet.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;

use crate::arn::{account_of, complete};
use crate::cidr::{NetworkSet, read_network};
use crate::document::{
    Condition, Effect, Element, Operator, OperatorKind, Polarity, Policy, PrincipalElement, PrincipalEntry, Quantifier,
    Statement, Text,
};
use crate::evaluate::{self, Part};
use crate::pattern::language::{Search, find, is_covered};
use crate::pattern::{self, Case, Token, has_wildcard};

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
        let mut forms: Vec<String> = policy.denies().map(form).collect();
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
/// with the same conditions, are left out.
pub(super) fn is_equivalent(old: &Policy, new: &Policy) -> bool {
    (old.version == new.version || !has_variables(old) && !has_variables(new))
        && is_contained(old, new)
        && is_contained(new, old)
}

/// Whether all that the statements of one policy say is said by those of the other, Denies included. A statement may be
/// spread over several: each principal, action and resource of it is looked for by itself.
fn is_contained(inner: &Policy, outer: &Policy) -> bool {
    let mut of_interest = inner
        .statements
        .iter()
        .filter(|statement| forbids_something(statement, inner));
    of_interest.all(|statement| statement_is_contained(statement, &outer.statements))
}

/// Whether a statement is an Allow, or a Deny of something that the policy allows.
fn forbids_something(statement: &Statement, policy: &Policy) -> bool {
    statement.effect == Effect::Allow
        || policy.allows().any(|allow| {
            meet(Some(&statement.action), Some(&allow.action), Case::Insensitive)
                && meet(statement.resource.as_ref(), allow.resource.as_ref(), Case::Sensitive)
        })
}

/// Whether some text may fall under both elements; `false` only where that is proven.
fn meet(one: Option<&Element>, other: Option<&Element>, case: Case) -> bool {
    let mut must = Vec::new();
    let mut must_not = Vec::new();
    for element in [one, other].into_iter().flatten() {
        // Variables are taken to meet everything.
        if element.patterns.iter().any(|pattern| pattern.text.contains("${")) {
            return true;
        }
        let tokens = element.patterns.iter().map(|pattern| tokens(pattern, case));
        match element.polarity {
            Polarity::Is => must.push(tokens.collect()),
            Polarity::Not => must_not.extend(tokens),
        }
    }
    find(&must, &must_not, case, &Cell::new(0)) != Search::Empty
}

fn statement_is_contained(inner: &Statement, outer: &[Statement]) -> bool {
    let conditions = conditions_form(&inner.conditions);
    is_spread_over(inner, outer, |other| conditions == conditions_form(&other.conditions))
}

/// Whether the new policy can be seen to allow nothing that the old one does not: each of its Allows stands within those of the old one, and
/// each Deny of the old one within its own, whose conditions ask for no more.
pub(super) fn gains_nothing(old: &Policy, new: &Policy) -> bool {
    let is_within = |inner: &Statement, outer: &Policy| {
        is_spread_over(inner, &outer.statements, |other| {
            let mut asked = other.conditions.iter();
            asked.all(|asked| inner.conditions.iter().any(|known| implies(known, asked)))
        })
    };
    (old.version == new.version || !has_variables(old) && !has_variables(new))
        && new.allows().all(|allow| is_within(allow, old))
        && old.denies().all(|deny| is_within(deny, new))
}

/// Whether one condition can be seen to hold only where the other does: the same question with as many values or fewer, or where none may
/// match with as many or more.
fn implies(known: &Condition, asked: &Condition) -> bool {
    if !known.key.eq_ignore_ascii_case(&asked.key) || known.operator != asked.operator {
        return false;
    }
    let (fewer, more) = if asked.operator.kind.is_negated() {
        (asked, known)
    } else {
        (known, asked)
    };
    let all: HashSet<&str> = more.values.iter().map(|value| value.text.as_str()).collect();
    fewer.values.iter().all(|value| all.contains(value.text.as_str()))
}

/// Whether statements of the same effect whose conditions fit have each principal, action and resource of a statement.
fn is_spread_over(inner: &Statement, outer: &[Statement], fits: impl Fn(&Statement) -> bool) -> bool {
    let alike: Vec<&Statement> = outer
        .iter()
        .filter(|other| inner.effect == other.effect && fits(other))
        .collect();
    principal_parts(inner.principal.as_ref()).iter().all(|principal| {
        let about_them: Vec<&Statement> = alike
            .iter()
            .copied()
            .filter(|other| principal_parts(other.principal.as_ref()).contains(principal))
            .collect();
        parts(Some(&inner.action)).iter().all(|action| {
            parts(inner.resource.as_ref()).iter().all(|resource| {
                about_them.iter().any(|other| {
                    part_is_contained(action.as_ref(), Some(&other.action), Case::Insensitive)
                        && part_is_contained(resource.as_ref(), other.resource.as_ref(), Case::Sensitive)
                })
            })
        })
    })
}

/// What a list of patterns names one by one; what it excludes stays one part.
fn parts(element: Option<&Element>) -> Vec<Option<Element>> {
    match element {
        Some(element) if element.polarity == Polarity::Is => {
            let one = |pattern: &Text| {
                Some(Element {
                    polarity: Polarity::Is,
                    patterns: vec![pattern.clone()],
                    span: element.span,
                })
            };
            element.patterns.iter().map(one).collect()
        }
        other => vec![other.cloned()],
    }
}

/// The same of principals, in words.
fn principal_parts(element: Option<&PrincipalElement>) -> Vec<String> {
    match element {
        Some(element) if element.polarity == Polarity::Is => element.entries.iter().map(entry_form).collect(),
        Some(element) => vec![principal_form(element)],
        None => vec![String::new()],
    }
}

fn part_is_contained(inner: Option<&Element>, outer: Option<&Element>, case: Case) -> bool {
    match (inner, outer) {
        (Some(inner), Some(outer)) => element_is_contained(inner, outer, case),
        (None, None) => true,
        _ => false,
    }
}

fn element_is_contained(inner: &Element, outer: &Element, case: Case) -> bool {
    let covered = |narrow: &Element, wide: &Element| {
        let all: Vec<_> = wide.patterns.iter().map(|pattern| tokens(pattern, case)).collect();
        narrow.patterns.iter().all(|pattern| {
            wide.patterns.iter().any(|known| known.text == pattern.text)
                || is_covered(&pattern::tokens(&widened(&read(&pattern.text, case))), &all, case) == Some(true)
        })
    };
    match (inner.polarity, outer.polarity) {
        (Polarity::Is, Polarity::Is) => covered(inner, outer),
        (Polarity::Not, Polarity::Not) => covered(outer, inner),
        _ => false,
    }
}

/// A pattern with its variables as wildcards: whatever they stand for is among what it matches.
fn widened(text: &str) -> String {
    evaluate::replaced(text, |part| matches!(part, Part::Variable(_)).then_some("*"))
}

fn tokens(pattern: &Text, case: Case) -> Vec<Token> {
    pattern::tokens(&read(&pattern.text, case))
}

/// A pattern as it is compared: resources with case and as whole ARNs, actions without.
fn read(text: &str, case: Case) -> Cow<'_, str> {
    match case {
        Case::Sensitive => complete(text),
        Case::Insensitive => Cow::Owned(text.to_ascii_lowercase()),
    }
}

fn has_variables(policy: &Policy) -> bool {
    let mut texts = policy.statements.iter().flat_map(Statement::texts_with_variables);
    texts.any(|text| text.text.contains("${"))
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
    let patterns = element
        .patterns
        .iter()
        .map(|pattern| read(&pattern.text, case))
        .map(|text| {
            if text == "*:*" {
                "*".to_owned()
            } else {
                text.into_owned()
            }
        });
    format!("{:?}{}", element.polarity, sorted(patterns.collect()))
}

fn principal_form(element: &PrincipalElement) -> String {
    format!(
        "{:?}{}",
        element.polarity,
        sorted(element.entries.iter().map(entry_form).collect())
    )
}

fn entry_form(entry: &PrincipalEntry) -> String {
    if entry.is_anyone() {
        return "*".to_owned();
    }
    match account_of(&entry.value) {
        Some(account) if entry.value.ends_with(":root") => format!("AWS {account}"),
        _ => format!("{} {}", entry.kind, entry.value),
    }
}

fn conditions_form(conditions: &[Condition]) -> String {
    let forms = conditions.iter().map(|condition| {
        format!(
            "{} {} {}",
            plainest_operator(condition),
            condition.key.to_ascii_lowercase(),
            sorted(values_form(condition))
        )
    });
    sorted(forms.collect())
}

/// The plainest operator that means the same. An absent key passes a negated operator as it is, and every `ForAllValues`.
/// Source: IAM User Guide, "Condition operators", sections on `…IfExists`, on string operators (`StringLike` without wildcard) and on ARN
/// operators (`ArnEquals` and `ArnLike` behave alike).
fn plainest_operator(condition: &Condition) -> Operator {
    let mut operator = condition.operator;
    let is_plain = !condition.values.iter().any(|value| has_wildcard(&value.text));
    operator.kind = match operator.kind {
        OperatorKind::StringLike if is_plain => OperatorKind::StringEquals,
        OperatorKind::StringNotLike if is_plain => OperatorKind::StringNotEquals,
        OperatorKind::ArnLike => OperatorKind::ArnEquals,
        OperatorKind::ArnNotLike => OperatorKind::ArnNotEquals,
        other => other,
    };
    let passes_absent = match operator.quantifier {
        Some(Quantifier::ForAllValues) => true,
        Some(Quantifier::ForAnyValue) => false,
        None => operator.kind.is_negated(),
    };
    operator.if_exists &= !passes_absent;
    operator
}

/// The values, networks joined: two halves are the whole.
fn values_form(condition: &Condition) -> Vec<String> {
    let texts = || condition.values.iter().map(|value| value.text.as_str());
    let are_networks = matches!(
        condition.operator.kind,
        OperatorKind::IpAddress | OperatorKind::NotIpAddress
    );
    match texts().map(read_network).collect::<Option<Vec<_>>>() {
        Some(networks) if are_networks => {
            let joined = NetworkSet::new(networks);
            joined.networks().map(|network| network.to_string()).collect()
        }
        _ => texts().map(str::to_owned).collect(),
    }
}
