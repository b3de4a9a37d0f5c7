//! Rules as the API shows them.

use std::collections::{BTreeMap, HashMap};

use security_monkey_model::{AccountId, RuleId, TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::GradedScore;
use crate::failure::store_problem;
use crate::problem::Problem;
use crate::state::ServerState;

/// What an admin decided about a rule, everywhere or in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleSetting {
    /// The account; null: every account without a setting of its own.
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// Whether the rule is switched off there.
    pub is_disabled: bool,
    /// The score in place of the rule's own.
    pub score: Option<GradedScore>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<security_monkey_store::rule_setting::RuleSetting> for RuleSetting {
    fn from(setting: security_monkey_store::rule_setting::RuleSetting) -> Self {
        Self {
            account: setting.account,
            is_disabled: setting.is_disabled,
            score: setting.score.map(Into::into),
            reason: setting.reason,
            by: setting.by.as_str().to_owned(),
            at: setting.at,
        }
    }
}

/// A policy with an id and a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Its id; never reused.
    #[schema(value_type = String)]
    pub id: RuleId,
    /// One line.
    pub title: String,
    /// What it looks at.
    #[schema(value_type = Vec<String>)]
    pub technologies: Vec<TechnologyId>,
    /// How bad a finding of it is, unless a setting says otherwise.
    pub score: GradedScore,
    /// What it finds.
    pub description: String,
    /// Why that matters.
    pub rationale: String,
    /// What to do about it.
    pub remediation: String,
    /// Pages to read.
    pub references: Vec<String>,
    /// Its parameters with the values in force.
    #[schema(value_type = serde_json::Value)]
    pub parameters: serde_json::Value,
    /// Whether time alone can change what it says.
    pub is_time_dependent: bool,
    /// The same rule elsewhere: `{"Security Hub": ["EC2.53"]}`.
    pub equivalents: BTreeMap<String, Vec<String>>,
    /// Ids it had before.
    pub aliases: Vec<String>,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
    /// What admins decided about it.
    pub settings: Vec<RuleSetting>,
}

/// The loaded rules with what admins decided about them.
pub(crate) async fn rules_with_settings(state: &ServerState) -> Result<Vec<Rule>, Problem> {
    let mut settings: HashMap<RuleId, Vec<RuleSetting>> = HashMap::new();
    for setting in state.store.rule_settings().await.map_err(store_problem)? {
        settings.entry(setting.rule.clone()).or_default().push(setting.into());
    }
    let mut rules = state.catalogue.rules.clone();
    for rule in &mut rules {
        rule.settings = settings.remove(&rule.id).unwrap_or_default();
    }
    Ok(rules)
}
