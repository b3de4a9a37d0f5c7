//! Few patterns for many actions: for each action the shortest prefix that no other action of the service has, or what people would write.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::list;

/// Actions written as patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Minimised {
    /// The patterns, sorted. They match exactly the actions given, among the actions of the list.
    pub patterns: Vec<String>,
    /// Actions that are not in the list; they stand among the patterns by name, unless one pattern stands for everything.
    pub unknown: Vec<String>,
}

/// Writes actions as few and short patterns, in lower case. `shortest_prefix` is the least number of characters of a name before a `*` (0 lets a
/// whole service become `service:*`, and every published action `*`).
pub fn minimise<'a>(actions: impl IntoIterator<Item = &'a str>, shortest_prefix: usize) -> Minimised {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut minimised = Minimised::default();
    for action in actions {
        let lower = action.to_ascii_lowercase();
        match (list().find(&lower).is_some(), lower.split_once(':')) {
            (true, Some((service, name))) => {
                wanted.entry(service.to_owned()).or_default().insert(name.to_owned());
            }
            _ => minimised.unknown.push(lower),
        }
    }
    let count: usize = wanted.values().map(BTreeSet::len).sum();
    if shortest_prefix == 0 && count == list().len() {
        // Also for services that AWS is yet to publish; one pattern for each service would leave those out.
        minimised.patterns.push("*".to_owned());
        return minimised;
    }
    let mut patterns: BTreeSet<String> = minimised.unknown.iter().cloned().collect();
    for (service, names) in wanted {
        let all: Vec<String> = list()
            .of_service(&service)
            .iter()
            .map(|info| info.name.to_ascii_lowercase())
            .collect();
        let others: Vec<&String> = all.iter().filter(|name| !names.contains(*name)).collect();
        for name in &names {
            patterns.insert(format!("{service}:{}", shortest(name, &others, shortest_prefix)));
        }
    }
    minimised.patterns = patterns.into_iter().collect();
    minimised
}

/// Writes actions as few patterns, in AWS's spelling: a pattern holds as much as its actions have in common (`s3:Get*`, not `s3:g*`), and
/// what would stand for one action is its name.
pub fn minimise_readably<'a>(actions: impl IntoIterator<Item = &'a str>) -> Minimised {
    let actions: Vec<&str> = actions.into_iter().collect();
    let shortest = minimise(actions.iter().copied(), 0);
    let as_given = |lower: &String| {
        let given = actions.iter().find(|action| action.eq_ignore_ascii_case(lower));
        given.map_or_else(|| lower.clone(), |action| (*action).to_owned())
    };
    let mut patterns: Vec<String> = shortest
        .patterns
        .iter()
        .map(|pattern| spelled(pattern).unwrap_or_else(|| as_given(pattern)))
        .collect();
    patterns.sort();
    Minimised {
        patterns,
        unknown: shortest.unknown.iter().map(as_given).collect(),
    }
}

/// A pattern in AWS's spelling; `None` where it matches nothing of the list.
fn spelled(pattern: &str) -> Option<String> {
    if pattern == "*" {
        return Some(pattern.to_owned());
    }
    let mut matched = list().matching(pattern);
    let first = matched.next()?;
    let mut common = first.name.len();
    let mut is_one = true;
    for other in matched {
        is_one = false;
        let same = first.name.bytes().zip(other.name.bytes());
        common = common.min(
            same.take_while(|(left, right)| left.eq_ignore_ascii_case(right))
                .count(),
        );
    }
    if is_one {
        return Some(first.full_name());
    }
    // A whole service stays one, with what AWS adds to it.
    let prefix = first
        .name
        .get(..common)
        .filter(|_| !pattern.ends_with(":*"))
        .unwrap_or("");
    Some(format!("{}:{prefix}*", first.service))
}

/// The shortest prefix of `name`, with a `*`, that matches none of `others`.
fn shortest(name: &str, others: &[&String], shortest_prefix: usize) -> String {
    let first = if shortest_prefix == 0 && others.is_empty() {
        0
    } else {
        shortest_prefix.max(1)
    };
    for length in first..name.len() {
        let Some(prefix) = name.get(..length) else { continue };
        if !others.iter().any(|other| other.starts_with(prefix)) {
            return format!("{prefix}*");
        }
    }
    name.to_owned()
}
