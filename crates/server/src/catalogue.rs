//! What this process has loaded besides the store: technologies, rules, channels. Given by the composition, because only it
//! may know the watcher and the auditor.

use std::collections::HashMap;

use security_monkey_model::RuleId;

use crate::wire::rule::Rule;
use crate::wire::technology::Technology;

/// Technologies, rules and channels that are loaded.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub(crate) technologies: Vec<Technology>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) channels: Vec<String>,
    titles: HashMap<RuleId, String>,
}

impl Catalogue {
    /// A catalogue of these; sorts them by id. The rules' `settings` are filled in from the store.
    pub fn new(mut technologies: Vec<Technology>, mut rules: Vec<Rule>, channels: Vec<String>) -> Self {
        technologies.sort_by(|left, right| left.id.cmp(&right.id));
        rules.sort_by(|left, right| left.id.cmp(&right.id));
        let titles = rules.iter().map(|rule| (rule.id.clone(), rule.title.clone())).collect();
        Self {
            technologies,
            rules,
            channels,
            titles,
        }
    }

    /// A rule's title; its id when it is not loaded (any more).
    pub(crate) fn title_of<'a>(&'a self, rule: &'a RuleId) -> &'a str {
        self.titles.get(rule).map_or_else(|| rule.as_str(), String::as_str)
    }
}
