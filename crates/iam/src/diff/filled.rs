//! Variables that do not follow from who asks, in resources and conditions: tags of the principal above all. Values are looked for with the
//! variables of resources taken as wildcards, and what a resource says of them is what the request has.

use std::cell::Cell;
use std::collections::HashMap;

use super::requests::{MOST_WORK, free_keys, statements};
use super::values::fitting;
use crate::arn::complete;
use crate::bound::{Compared, compared, in_place_of};
use crate::document::{Condition, Policy, Version};
use crate::evaluate::{self, Caller, Context, Request, parts};
use crate::keys::{Authority, authority};
use crate::pattern::language::partition_of_arns;
use crate::pattern::{self, Token};
use crate::reach::{Values, is_filled, values_worth_trying};

/// The most requests, filled and not, unless that leaves too few of each caller.
const MOST_REQUESTS: usize = 64;
/// At least so many of each caller are filled.
const FEWEST: usize = 3;
/// The most keys for whose variables it is asked what stands in their place.
const MOST_KEYS: usize = 8;
/// The most steps of looking for the ends of variables: in one resource by one pattern, and in all of one comparison.
const MOST_STEPS: u64 = 1_000_000;
const MOST_STEPS_OF_ALL: u64 = 20_000_000;

/// The requests, and each of them with values of the variables that it is free to fill. They do not stand for all values.
pub(super) fn with_filled(bases: Vec<Request>, before: &Policy, after: &Policy, work: &Cell<u64>) -> Vec<Request> {
    let most = FEWEST.max(MOST_REQUESTS.saturating_sub(bases.len()) / bases.len().max(1));
    let all = statements(before, after);
    let mut filler = Filler {
        before,
        after,
        work,
        most,
        steps: MOST_STEPS_OF_ALL,
        compared: compared(all.map(|(statement, policy)| (statement, policy.version))),
        values: HashMap::new(),
    };
    let mut found = Vec::new();
    for base in bases {
        let filled = filler.filled(&base);
        found.push(base);
        found.extend(filled);
    }
    found
}

/// Fills variables of requests.
struct Filler<'p> {
    before: &'p Policy,
    after: &'p Policy,
    work: &'p Cell<u64>,
    /// The most requests of one caller.
    most: usize,
    /// How many steps are left.
    steps: u64,
    compared: Vec<Compared<'p>>,
    /// Values worth trying, by key.
    values: HashMap<String, Vec<Values>>,
}

impl Filler<'_> {
    fn filled(&mut self, base: &Request) -> Vec<Request> {
        let keys = keys(base, self.before, self.after);
        if keys.is_empty() {
            return Vec::new();
        }
        let fresh = |number: usize| {
            let mut filled = base.clone();
            for (position, key) in keys.iter().enumerate() {
                filled
                    .context
                    .set(key, fresh_value(key, position * number, &base.caller));
            }
            filled
        };
        let first = fresh(1);
        let mut absent = base.clone();
        for key in &keys {
            absent.context.set_absent(key);
        }
        let mut found = vec![first.clone(), absent];
        let mut add = |request: Request| {
            if !found.contains(&request) {
                found.push(request);
            }
            found.len() >= self.most
        };
        // What resources tell first: they are why the variables are there.
        for context in from_resources(base, self.before, self.after, self.work, &mut self.steps, self.most) {
            let mut filled = first.clone();
            for (key, values) in context.iter() {
                filled.context.set_all(key, values.to_vec());
            }
            add(filled);
        }
        // Variables that are the same.
        let mut is_enough = add(fresh(0));
        for key in &keys {
            let has_room = self.values.len() < MOST_KEYS;
            let values = self
                .values
                .entry(key.clone())
                .or_insert_with(|| values_of(key, (self.before, self.after), &self.compared, has_room));
            for values in values.iter() {
                if is_enough {
                    break;
                }
                let values = match authority(key) {
                    Authority::CallerId => fitting(values.clone(), &base.caller).flatten(),
                    _ => values.clone(),
                };
                if let Some(values) = values {
                    let mut filled = first.clone();
                    filled.context.set_all(key, values);
                    is_enough = add(filled);
                }
            }
        }
        found.truncate(self.most);
        found
    }
}

/// Values of a key that conditions ask for, and what stands in the place of its variable.
fn values_of(key: &str, (before, after): (&Policy, &Policy), compared: &[Compared<'_>], has_room: bool) -> Vec<Values> {
    let asked: Vec<&Condition> = statements(before, after)
        .flat_map(|(statement, _)| &statement.conditions)
        .filter(|condition| condition.key.eq_ignore_ascii_case(key))
        .collect();
    let (mut values, _) = values_worth_trying(&asked);
    let in_place = if has_room {
        in_place_of(key, compared).texts
    } else {
        Vec::new()
    };
    let in_place = in_place.into_iter();
    values.extend(in_place.map(|text| Some(vec![text.replace(['*', '?'], "x")])));
    values
}

/// The keys of free variables, in lower case.
fn keys(base: &Request, before: &Policy, after: &Policy) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (statement, policy) in statements(before, after) {
        for text in statement.texts_with_variables() {
            let free = free_keys(&text.text, policy.version, base);
            keys.extend(free.into_iter().map(str::to_ascii_lowercase));
        }
    }
    // Where a request comes from, and whose the resource is, is chosen elsewhere.
    keys.retain(|key| {
        !matches!(
            authority(key),
            Authority::SourceAddress | Authority::Vpc | Authority::VpcAddress | Authority::Resource
        ) || key.starts_with("aws:resourcetag/")
    });
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A value that no policy names; another for each number.
fn fresh_value(key: &str, number: usize, caller: &Caller) -> String {
    let number = if number == 0 { String::new() } else { number.to_string() };
    match authority(key) {
        Authority::CallerId => match caller {
            Caller::User { .. } => "AIDAWITNESS".to_owned(),
            _ => "AROAWITNESS:session".to_owned(),
        },
        Authority::CallerOrganisation => "o-witness000".to_owned(),
        Authority::Time => "2026-01-15T12:00:00Z".to_owned(),
        Authority::Mfa | Authority::Transport => "true".to_owned(),
        _ => format!("witness{number}"),
    }
}

/// What the variables in resources are for resources that the patterns tell apart, with variables as wildcards.
/// As many as are asked for, and for no more steps than are left.
fn from_resources(
    base: &Request,
    before: &Policy,
    after: &Policy,
    work: &Cell<u64>,
    steps: &mut u64,
    most: usize,
) -> Vec<Context> {
    let patterns: Vec<(String, Version)> = statements(before, after)
        .filter_map(|(statement, policy)| Some((statement.resource.as_ref()?, policy.version)))
        .flat_map(|(element, version)| element.patterns.iter().map(move |pattern| (&pattern.text, version)))
        .map(|(text, version)| (complete(text).into_owned(), version))
        .collect();
    let with_free: Vec<&String> = patterns
        .iter()
        .filter(|(text, version)| !free_keys(text, *version, base).is_empty())
        .map(|(text, _)| text)
        .collect();
    if with_free.is_empty() || work.get() > MOST_WORK {
        return Vec::new();
    }
    let mut tracks: Vec<Vec<Token>> = patterns
        .iter()
        .filter_map(|(text, version)| widened(text, *version, base))
        .collect();
    tracks.sort_unstable();
    tracks.dedup();
    let (resources, _) = partition_of_arns(&tracks, work);
    let mut found: Vec<Context> = Vec::new();
    for resource in resources {
        let request = Request {
            resource,
            ..base.clone()
        };
        for pattern in &with_free {
            let budget = MOST_STEPS.min(*steps);
            let mut left = budget;
            is_filled(pattern, &request, &mut left, &mut |filled| {
                if !found.contains(&filled.context) {
                    found.push(filled.context.clone());
                }
                found.len() >= most
            });
            *steps -= budget - left;
            if found.len() >= most || *steps == 0 {
                return found;
            }
        }
    }
    found
}

/// A pattern of resources with free variables as wildcards; `None` where another variable has no value.
fn widened(text: &str, version: Version, base: &Request) -> Option<Vec<Token>> {
    if !evaluate::has_variable(text, version) {
        return Some(pattern::tokens(text));
    }
    let mut tokens = Vec::new();
    for part in parts(text) {
        let written = part.written();
        if free_keys(written, version, base).is_empty() {
            tokens.extend(evaluate::tokens(written, version, base)?);
        } else {
            tokens.push(Token::Run);
        }
    }
    Some(tokens)
}
