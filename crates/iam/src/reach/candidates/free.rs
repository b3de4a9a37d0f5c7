//! Values of keys that whoever asks may choose.

use super::super::tokens::narrowing;
use super::cases::spellings;
use super::{FRESH, KeySearch, Values, literals, some, takes_wildcards};
use crate::document::{Condition, OperatorKind, Quantifier};
use crate::pattern::{self, Case, has_wildcard};

/// How many values of a key that conditions name are paired with each other.
const MOST_PAIRED: usize = 8;
/// Texts that no policy names, of different letters, beginnings and ends.
const FRESH_TEXTS: [&str; 4] = [FRESH, "other", "0-fugu_9", "JUMPY!"];

/// Anything goes: a fresh text, nothing, and what the policy names.
pub(super) fn free(conditions: &[&Condition], search: &KeySearch) -> Vec<Values> {
    if conditions
        .iter()
        .any(|condition| condition.operator.kind == OperatorKind::Bool)
    {
        return vec![some("true"), some("false"), None];
    }
    let mut beside: Vec<&str> = fresh(conditions, &FRESH_TEXTS).collect();
    let made;
    if beside.is_empty() {
        // Each of them is met: look for one that is not, nor empty.
        let mut none_of = patterns(conditions);
        none_of.extend(exact(conditions));
        none_of.push("");
        let none = search.texts(&none_of, &[]);
        search.note(none.are_all);
        made = none.found.first().cloned();
        beside.extend(made.as_deref());
    }
    let mut found: Vec<Values> = beside.first().map(|text| some(text)).into_iter().collect();
    found.push(None);
    let mut named = literals(conditions);
    named.extend(combined(conditions, search).iter().map(|text| some(text)));
    let (spelled, are_all) = spellings(conditions);
    search.note(are_all);
    named.extend(spelled.iter().map(|text| some(text)));
    let has_sets = conditions
        .iter()
        .any(|condition| condition.operator.quantifier.is_some());
    let sets = if has_sets {
        sets(conditions, &named, &beside)
    } else {
        Vec::new()
    };
    found.extend(named);
    found.extend(sets.into_iter().map(Some));
    found
}

/// Those of some texts that no condition names or matches.
pub(super) fn fresh<'t>(conditions: &[&Condition], texts: &'t [&'t str]) -> impl Iterator<Item = &'t str> {
    let is_met = |text: &str| {
        let values = conditions.iter().flat_map(|condition| {
            let takes_wildcards = takes_wildcards(condition.operator.kind);
            condition.values.iter().map(move |value| (value, takes_wildcards))
        });
        let mut values = values.filter(|(value, _)| value.text != "*");
        values.any(|(value, takes_wildcards)| {
            value.text.eq_ignore_ascii_case(text)
                || takes_wildcards && pattern::matches(&value.text, text, Case::Insensitive)
        })
    };
    let found: Vec<&str> = texts.iter().copied().filter(|text| !is_met(text)).collect();
    found.into_iter()
}

/// The patterns that narrow a key, each once.
pub(super) fn patterns<'c>(conditions: &[&'c Condition]) -> Vec<&'c str> {
    let with_wildcards = conditions
        .iter()
        .filter(|condition| takes_wildcards(condition.operator.kind));
    let values = with_wildcards.flat_map(|condition| &condition.values);
    narrowing(values.map(|value| value.text.as_str()))
}

/// Texts that match several patterns at once, where there are several: one for each combination, and for each exact value beside which
/// there may be another.
pub(super) fn combined(conditions: &[&Condition], search: &KeySearch) -> Vec<String> {
    let narrowing = patterns(conditions);
    if narrowing.len() < 2 {
        return Vec::new();
    }
    let is_met = |text: &&str| {
        let mut patterns = narrowing.iter();
        patterns.any(|pattern| pattern::matches(pattern, text, Case::Sensitive))
    };
    let mut exact: Vec<&str> = exact(conditions).into_iter().filter(is_met).collect();
    if exact.is_empty() && begin_differently(&narrowing) {
        // No text matches two of them, and one for each is at hand.
        return Vec::new();
    }
    exact.truncate(MOST_PAIRED);
    let told_apart: Vec<&str> = narrowing.iter().copied().chain(exact).collect();
    let together = search.texts(&[], &told_apart);
    search.note(together.are_all);
    together.found.clone()
}

/// Whether patterns differ before the first wildcard of each, so that no text matches two of them.
fn begin_differently(patterns: &[&str]) -> bool {
    let heads = patterns.iter().map(|pattern| pattern.split(['*', '?']).next());
    let mut heads: Vec<&str> = heads.map(Option::unwrap_or_default).collect();
    // In order, what another begins with stands before it, and between them stands only what begins so too.
    heads.sort_unstable();
    heads.windows(2).all(|pair| !pair[1].starts_with(pair[0]))
}

/// Values that match nothing but themselves, or nothing else in case either.
fn exact<'c>(conditions: &[&'c Condition]) -> Vec<&'c str> {
    let exact = conditions.iter().filter(|condition| is_exact(condition.operator.kind));
    let texts = exact
        .flat_map(|condition| &condition.values)
        .map(|value| value.text.as_str());
    let mut exact: Vec<&str> = texts.filter(|text| !has_wildcard(text)).collect();
    exact.sort_unstable();
    exact.dedup();
    exact
}

/// Operators whose values stand for themselves, as those without wildcards of the others do.
fn is_exact(kind: OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::StringEquals
            | OperatorKind::StringNotEquals
            | OperatorKind::StringEqualsIgnoreCase
            | OperatorKind::StringNotEqualsIgnoreCase
    ) || takes_wildcards(kind)
}

/// Several values at once: pairs of which a condition may like one and not the other, all that are named, all but one, and what each kind
/// of condition names: those that all have to be there, and those of which none may.
fn sets(conditions: &[&Condition], named: &[Values], beside: &[&str]) -> Vec<Vec<String>> {
    let together: Vec<String> = named.iter().flatten().flatten().cloned().collect();
    let mut single: Vec<&str> = together.iter().map(String::as_str).take(MOST_PAIRED).collect();
    single.extend(beside.first());
    let mut found = Vec::new();
    for (position, one) in single.iter().enumerate() {
        let pairs = single.iter().skip(position + 1);
        found.extend(pairs.map(|other| vec![(*one).to_owned(), (*other).to_owned()]));
    }
    for left_out in together.iter().take(MOST_PAIRED) {
        found.push(together.iter().filter(|text| *text != left_out).cloned().collect());
    }
    let kinds = |condition: &Condition| (condition.operator.quantifier, condition.operator.kind.is_negated());
    for chosen in 1..16_u32 {
        let is_chosen = |condition: &&&Condition| {
            let (quantifier, is_negated) = kinds(condition);
            let place = u32::from(quantifier == Some(Quantifier::ForAllValues)) * 2 + u32::from(is_negated);
            chosen & (1 << place) != 0
        };
        let values = conditions
            .iter()
            .filter(is_chosen)
            .flat_map(|condition| &condition.values);
        let texts: Vec<String> = values.map(|value| value.text.replace(['*', '?'], "x")).collect();
        for others in [&[][..], beside.get(..1).unwrap_or_default()] {
            let set: Vec<String> = texts
                .iter()
                .cloned()
                .chain(others.iter().map(|text| (*text).to_owned()))
                .collect();
            if set.len() > 1 && !found.contains(&set) {
                found.push(set);
            }
        }
    }
    found.push(together);
    found.extend((beside.len() > 1).then(|| beside.iter().take(2).map(|text| (*text).to_owned()).collect()));
    found.retain(|set| !set.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::begin_differently;

    #[test]
    fn patterns_begin_differently_if_no_beginning_begins_another() {
        for (patterns, expected) in [
            (&["team-*", "user-*"][..], true),
            (&["b?", "c*", "a*b"], true),
            (&["team-*", "team-a*"], false),
            (&["ab*", "b*", "a?c"], false),
            (&["b*", "*a"], false),
            (&["a*", "a?"], false),
        ] {
            assert_eq!(begin_differently(patterns), expected, "{patterns:?}");
        }
    }
}
