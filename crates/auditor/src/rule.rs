//! A rule that has been loaded and checked.

use std::collections::BTreeMap;

use security_monkey_model::{Digest, RuleId, Score, TechnologyId};
use serde::Serialize;

use crate::metadata::{Equivalents, Reference};

/// Who wrote a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Ships with the product.
    BuiltIn,
    /// Comes from the user's folder.
    User,
}

/// A loaded rule: its metadata and its code's digest. Serialises for listings and documentation.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Its id: never reused, equal to the file's path.
    pub id: RuleId,
    /// One line for people.
    pub title: String,
    /// What it looks at; a rule never sees other resources as its subject.
    pub technologies: Vec<TechnologyId>,
    /// How bad its findings are, unless overridden.
    pub score: Score,
    /// What it finds.
    pub description: String,
    /// Why that matters.
    pub rationale: String,
    /// How to fix it.
    pub remediation: String,
    /// Further reading.
    pub references: Vec<Reference>,
    /// Its parameters with their defaults.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Whether its verdict changes by time alone.
    pub time_dependent: bool,
    /// Linked technologies it reads (`input.links`): re-evaluated when one of them changes.
    pub links: Vec<TechnologyId>,
    /// Collections of the account it reads (`input.collections`); incomplete: unknown.
    pub reads: Vec<TechnologyId>,
    /// Collections of the account that can only excuse: a pass stands without them, a fail becomes unknown.
    pub excused_by: Vec<TechnologyId>,
    /// The same rule elsewhere.
    pub equivalents: Equivalents,
    /// Ids it had before.
    pub aliases: Vec<RuleId>,
    /// Why it should no longer be used, if so.
    pub deprecated: Option<String>,
    /// Who wrote it.
    pub origin: Origin,
    /// The file, as the user knows it.
    pub file: String,
    /// Digest of its source, of the shared predicates and of its effective parameters: when it differs, everything the rule
    /// looks at is to be evaluated again.
    pub version: Digest,
}
