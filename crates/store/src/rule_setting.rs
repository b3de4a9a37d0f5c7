//! Rules switched off or scored differently, per rule and account.

use security_monkey_model::{AccountId, RuleId, Score, Timestamp};

use crate::{Author, Result, Store, StoreError};

/// What the operator decided about one rule in one account, or in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetting {
    /// The rule.
    pub rule: RuleId,
    /// The account; none: all accounts that have no setting of their own for the rule.
    pub account: Option<AccountId>,
    /// Whether the rule is switched off there.
    pub is_disabled: bool,
    /// The score in place of the rule's own.
    pub score: Option<Score>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// All settings, by rule and account.
    pub async fn rule_settings(&self) -> Result<Vec<RuleSetting>> {
        Err(StoreError::NotYet)
    }

    /// Creates or replaces a setting (one that neither disables nor scores removes it) and applies it at once: open findings get
    /// the new score, those of a disabled rule are resolved. A decision, in the hash chain. Evaluations recorded afterwards
    /// are scored by the store: give it the rules' own scores. After enabling a rule again, evaluate its resources again.
    pub async fn put_rule_setting(&self, setting: &RuleSetting) -> Result<()> {
        let _ = setting;
        Err(StoreError::NotYet)
    }
}
