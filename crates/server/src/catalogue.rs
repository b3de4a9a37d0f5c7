//! What the engine has loaded, in the API's form: technologies, rules, channels. Made once: they do not change while it runs.

use std::collections::{BTreeMap, HashMap};

use security_monkey_engine::Engine;
use security_monkey_model::RuleId;

use crate::wire::rule::Rule;
use crate::wire::technology::Technology;

/// Technologies and rules by id, and the names of the channels.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) technologies: Vec<Technology>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) channels: Vec<&'static str>,
    titles: HashMap<RuleId, String>,
}

impl Catalogue {
    /// What this engine has loaded.
    pub(crate) fn of(engine: &Engine) -> Self {
        let mut technologies: Vec<Technology> = engine
            .technologies()
            .all()
            .map(|technology| Technology {
                id: technology.id().clone(),
                resource_type: technology.resource_type().to_owned(),
                title: technology.title().to_owned(),
                service: technology.service().to_owned(),
                is_global: technology.is_global(),
            })
            .collect();
        technologies.sort_by(|left, right| left.id.cmp(&right.id));
        let mut rules: Vec<Rule> = engine
            .rules()
            .rules()
            .iter()
            .map(|rule| {
                let mut equivalents = BTreeMap::from([
                    ("Security Hub".to_owned(), rule.equivalents.security_hub.clone()),
                    ("Prowler".to_owned(), rule.equivalents.prowler.clone()),
                    (
                        "Security Monkey 1.x".to_owned(),
                        rule.equivalents.security_monkey.clone(),
                    ),
                ]);
                for (version, requirements) in &rule.equivalents.cis {
                    equivalents.insert(format!("CIS {version}"), requirements.clone());
                }
                equivalents.retain(|_, ids| !ids.is_empty());
                Rule {
                    id: rule.id.clone(),
                    title: rule.title.clone(),
                    technologies: rule.technologies.clone(),
                    score: rule.score.into(),
                    description: rule.description.clone(),
                    rationale: rule.rationale.clone(),
                    remediation: rule.remediation.clone(),
                    references: rule.references.iter().map(|reference| reference.url.clone()).collect(),
                    parameters: rule.parameters.clone().into_iter().collect(),
                    is_time_dependent: rule.time_dependent,
                    equivalents,
                    aliases: rule.aliases.iter().map(ToString::to_string).collect(),
                    deprecated: rule.deprecated.clone(),
                    settings: Vec::new(),
                }
            })
            .collect();
        rules.sort_by(|left, right| left.id.cmp(&right.id));
        Self {
            titles: rules.iter().map(|rule| (rule.id.clone(), rule.title.clone())).collect(),
            technologies,
            rules,
            channels: engine.channels(),
        }
    }

    /// A rule's title; its id when it is not loaded (any more).
    pub(crate) fn title_of<'a>(&'a self, rule: &'a RuleId) -> &'a str {
        self.titles.get(rule).map_or_else(|| rule.as_str(), String::as_str)
    }
}
