//! Organisations, and places in them, of those who ask.

use std::rc::Rc;

use super::free::fresh;
use super::{FRESH_ORGANISATION, Situation, Values, instances, some, takes_wildcards};
use crate::document::{Condition, OperatorKind};
use crate::pattern::{self, Case, has_wildcard};
use crate::reach::owned::Found;
use crate::reach::scenario::Standing;

/// Ids of different beginnings and ends.
const FRESH_ORGANISATIONS: [&str; 4] = [FRESH_ORGANISATION, "o-a1b2c3d4e5", "o-7nobodys9x", "o-m0f8k2w6zq"];

pub(super) fn organisations(situation: &Situation<'_>) -> Vec<Values> {
    if let Standing::Member { organisation } = situation.asker.standing.as_ref() {
        return of_organisation(organisation, situation);
    }
    let mut found = vec![None];
    found.extend(fresh_organisation(situation));
    let is_named = situation.asker.standing.may_be_whom_it_names();
    for condition in situation.conditions {
        for value in &condition.values {
            let root = value.text.split('/').next().unwrap_or("");
            if is_named || (has_wildcard(root) && takes_wildcards(condition.operator.kind)) {
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            }
        }
    }
    found.extend(open_organisations(situation, is_named).map(|text| some(&text)));
    found
}

/// Ids of organisations, or places in them, where patterns leave these open: one for each combination of what the conditions ask for, but
/// none that they name unless those who ask may be of it.
pub(super) fn open_organisations<'a>(
    situation: &'a Situation<'_>,
    is_named: bool,
) -> impl Iterator<Item = String> + 'a {
    let values = |condition: &&'a Condition| {
        let takes_wildcards = takes_wildcards(condition.operator.kind);
        condition
            .values
            .iter()
            .map(move |value| (value.text.as_str(), takes_wildcards))
    };
    let asked = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null);
    let asked: Vec<(&str, bool)> = asked.flat_map(values).collect();
    let leaves_open = |(text, takes_wildcards): &(&str, bool)| {
        *takes_wildcards && *text != "*" && has_wildcard(text.split('/').next().unwrap_or_default())
    };
    let mut found = Vec::new();
    // A pattern by itself has instances of its own.
    if asked.len() > 1 && asked.iter().any(leaves_open) {
        let texts: Vec<&str> = asked.iter().map(|(text, _)| *text).collect();
        found.clone_from(&told_apart(situation, &texts).found);
    }
    // Somebody else's organisation is none that is named without wildcards.
    let is_of_named = move |text: &String| {
        let root = text.split('/').next();
        asked.iter().any(|(asked, _)| asked.split('/').next() == root)
    };
    found.into_iter().filter(move |text| is_named || !is_of_named(text))
}

/// An organisation that nobody has in mind, or a place in one, that no pattern of the key matches.
pub(super) fn fresh_organisation(situation: &Situation<'_>) -> Option<Values> {
    let of = |id: &str| {
        if is_of_paths(situation) {
            format!("{id}/r-0000/ou-0000-00000000/")
        } else {
            id.to_owned()
        }
    };
    let all = FRESH_ORGANISATIONS.map(of);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    if let Some(found) = fresh(situation.conditions, &all).next() {
        return Some(some(found));
    }
    // Each of them is met: is there one that is not?
    let met = situation.conditions.iter().flat_map(|condition| &condition.values);
    let met: Vec<&str> = met.map(|value| value.text.as_str()).collect();
    let told_apart = told_apart(situation, &met);
    let is_met = |text: &&String| {
        met.iter()
            .any(|pattern| pattern::matches(pattern, text, Case::Sensitive))
    };
    let mut found = told_apart.found.iter().filter(|text| !is_met(text));
    found.next().map(|text| some(text))
}

/// An organisation, or a place in one, for each combination of the patterns.
fn told_apart(situation: &Situation<'_>, patterns: &[&str]) -> Rc<Found<String>> {
    let rest = if is_of_paths(situation) { "?*/r-?*/" } else { "?*" };
    let told_apart = situation.search.organisations(rest, patterns);
    situation.search.note(told_apart.are_all);
    told_apart
}

/// Whether the key holds places in organisations instead of their ids.
pub(super) fn is_of_paths(situation: &Situation<'_>) -> bool {
    situation.key.name.to_ascii_lowercase().ends_with("paths")
}

/// What a member of the organisation has: its id, or places in it.
pub(super) fn of_organisation(organisation: &str, situation: &Situation<'_>) -> Vec<Values> {
    if !is_of_paths(situation) {
        return vec![some(organisation)];
    }
    let named = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null)
        .flat_map(|condition| &condition.values);
    let under = |text: &String| text.split('/').next() == Some(organisation);
    let mut found: Vec<Values> = named
        .clone()
        .flat_map(|value| instances(&value.text))
        .filter(under)
        .map(|text| some(&text))
        .collect();
    found.push(some(&format!("{organisation}/r-0000/ou-0000-00000000/")));
    // Patterns that leave the organisation open, or that a place meets together.
    let patterns = named.map(|value| value.text.as_str());
    let patterns: Vec<&str> = patterns.filter(|text| has_wildcard(text) && *text != "*").collect();
    let leaves_open = |text: &&str| has_wildcard(text.split('/').next().unwrap_or_default());
    if patterns.len() > 1 || patterns.iter().any(leaves_open) {
        let places = situation.search.places(organisation, &patterns);
        situation.search.note(places.are_all);
        found.extend(places.found.iter().map(|text| some(text)));
    }
    found
}
