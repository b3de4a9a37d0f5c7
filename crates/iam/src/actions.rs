//! AWS's published action list: access levels, resource types and condition keys; expanding patterns to actions and
//! writing actions as few patterns.
//!
//! The list is data (`data/actions.tsv.zst`, see `data/README.md` for its source and version), unpacked once, on first
//! use. AWS adds actions daily: what the list does not know is reported as unknown, never dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Serialize;

use crate::document::{Element, Polarity};
use crate::pattern::{self, Case, has_wildcard};

mod list;
mod minimise;
#[cfg(test)]
mod tests;

pub use list::{AccessLevel, ActionInfo, ActionList, ResourceType, ServiceInfo};
pub use minimise::{Minimised, minimise, minimise_readably};

/// The published list.
pub fn list() -> &'static ActionList {
    static LIST: OnceLock<ActionList> = OnceLock::new();
    LIST.get_or_init(ActionList::unpack)
}

/// What patterns stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Expansion {
    /// The actions, as AWS spells them, sorted.
    pub actions: Vec<String>,
    /// Patterns that match no action of the list.
    pub unknown: Vec<String>,
}

/// Expands `Action` patterns.
pub fn expand<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Expansion {
    let mut actions = BTreeSet::new();
    let mut unknown = Vec::new();
    for pattern in patterns {
        let before = actions.len();
        let mut has_match = false;
        for action in list().matching(pattern) {
            has_match = true;
            actions.insert(action.full_name());
        }
        if !has_match && actions.len() == before {
            unknown.push(pattern.to_owned());
        }
    }
    Expansion {
        actions: actions.into_iter().collect(),
        unknown,
    }
}

/// Expands `Action` or `NotAction`. An action that stands there by name and is not in the list is kept by name.
pub fn expand_element(element: &Element) -> Expansion {
    let patterns = element.patterns.iter().map(|pattern| pattern.text.as_str());
    let mut expansion = expand(patterns.clone());
    match element.polarity {
        Polarity::Is => {
            let by_name = expansion
                .unknown
                .iter()
                .filter(|pattern| !has_wildcard(pattern))
                .cloned();
            expansion.actions.extend(by_name.collect::<Vec<_>>());
            expansion.actions.sort();
        }
        Polarity::Not => {
            let is_listed = |action: &str| {
                patterns
                    .clone()
                    .any(|pattern| pattern::matches(pattern, action, Case::Insensitive))
            };
            expansion.actions = list()
                .all()
                .map(ActionInfo::full_name)
                .filter(|action| !is_listed(action))
                .collect();
        }
    }
    expansion
}

/// Actions by access level.
pub fn by_level<'a>(actions: impl IntoIterator<Item = &'a str>) -> BTreeMap<AccessLevel, Vec<String>> {
    let mut levels: BTreeMap<AccessLevel, Vec<String>> = BTreeMap::new();
    for action in actions {
        if let Some(info) = list().find(action) {
            levels.entry(info.level).or_default().push(info.full_name());
        }
    }
    levels
}
