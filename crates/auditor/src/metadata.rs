//! The header of a rule file: OPA's `# METADATA` block, YAML in comments, with a closed schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use security_monkey_model::{RuleId, Score, TechnologyId};
use serde::{Deserialize, Serialize};

use crate::error::RuleError;

/// The `# METADATA` block of a rule. The keys outside `custom` are OPA's own, so that its tools understand the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleMetadata {
    /// One line for people: what is wrong when the rule fails.
    pub title: String,
    /// What the rule finds, precisely; Markdown.
    pub description: String,
    /// Further reading, AWS's own documentation first.
    #[serde(default)]
    pub related_resources: Vec<Reference>,
    /// Everything that is ours.
    pub custom: CustomMetadata,
}

/// A page to read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The address.
    #[serde(rename = "ref")]
    pub url: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Security Monkey's part of the header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomMetadata {
    /// The rule's id: the file's path below the rules folder with dots, without `.rego`. Never reused.
    pub id: RuleId,
    /// The technology it looks at, or several.
    pub technology: OneOrMany,
    /// How bad: 0 to 10.
    pub score: Score,
    /// Why it matters, for somebody who has to decide about an exception.
    #[serde(default)]
    pub rationale: String,
    /// How to fix it.
    #[serde(default)]
    pub remediation: String,
    /// Parameters with their defaults; reach the rule as `input.parameters`.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Whether the verdict changes by time alone (`input.now_ns`); evaluated again every day.
    #[serde(default)]
    pub time_dependent: bool,
    /// Technologies of linked resources it reads as `input.links`; a link that is not recorded gives *unknown*.
    #[serde(default)]
    pub links: Vec<TechnologyId>,
    /// Technologies of the account it reads as `input.collections`; an incomplete one gives *unknown*.
    #[serde(default)]
    pub reads: Vec<TechnologyId>,
    /// Like `reads`, but these resources can only excuse: a pass stands where they are incomplete, a fail becomes *unknown*.
    #[serde(default)]
    pub excused_by: Vec<TechnologyId>,
    /// The same rule elsewhere.
    #[serde(default)]
    pub equivalents: Equivalents,
    /// Ids it had before.
    #[serde(default)]
    pub aliases: Vec<RuleId>,
    /// Why it should no longer be used, and what instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// One technology, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(TechnologyId),
    /// Several.
    Many(Vec<TechnologyId>),
}

/// The same rule elsewhere, by the exact ids used there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Equivalents {
    /// AWS Security Hub control ids: `EC2.53`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_hub: Vec<String>,
    /// Prowler check ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prowler: Vec<String>,
    /// CIS AWS Foundations Benchmark: version → requirement numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cis: BTreeMap<String, Vec<String>>,
    /// Issue categories of Security Monkey 1.x.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_monkey: Vec<String>,
}

impl OneOrMany {
    pub(crate) fn into_vec(self) -> Vec<TechnologyId> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

impl RuleMetadata {
    /// Reads the `# METADATA` block that stands before the package.
    pub(crate) fn read(file: &str, text: &str) -> Result<Self, RuleError> {
        let lines: Vec<&str> = text.lines().collect();
        let package = lines
            .iter()
            .position(|line| line.starts_with("package "))
            .unwrap_or(lines.len());
        let Some(start) = lines[..package].iter().position(|line| line.trim_end() == "# METADATA") else {
            return Err(RuleError::new(file, 1, 0, "the rule has no metadata")
                .with_hint("begin the file with a line '# METADATA' and the rule's title, description and custom.id as YAML in comments"));
        };
        let block: Vec<&str> = lines[start + 1..package]
            .iter()
            .map_while(|line| line.strip_prefix('#'))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let line_of = |line: usize| u32::try_from(start + 1 + line).unwrap_or(u32::MAX);
        serde_norway::from_str(&block.join("\n")).map_err(|error| {
            let (line, column) = error.location().map_or((0, 0), |place| {
                // Columns are those of the file: the comment sign and its space come before.
                (line_of(place.line()), u32::try_from(place.column() + 2).unwrap_or(0))
            });
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
            RuleError::new(file, line.max(line_of(0)), column, format!("metadata: {message}"))
                .with_hint("schemas/rule.json describes every key")
        })
    }

    /// The JSON Schema of the block, for editors: `schemas/rule.json`.
    pub fn json_schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self).to_value();
        if let Some(members) = schema.as_object_mut() {
            members.insert("title".into(), "Metadata of a Security Monkey rule".into());
        }
        schema
    }
}
