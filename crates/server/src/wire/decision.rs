//! Decisions as the API shows and finds them.

use security_monkey_model::{AccountId, RuleId, Timestamp, UserEmail};
use security_monkey_store::decision::{self as store, DecisionFilter};
use security_monkey_store::{Author, FindingId, ResourceRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// A finding was accepted.
    Justified,
    /// An acceptance was taken back.
    JustificationRevoked,
    /// An acceptance ran out.
    JustificationExpired,
    /// A rule's score was overridden, or the rule switched off or on.
    RuleSetting,
    /// An account was created or changed.
    AccountChanged,
    /// A user was created or changed.
    UserChanged,
    /// A resource was commented on.
    Commented,
}

impl From<store::DecisionKind> for DecisionKind {
    fn from(kind: store::DecisionKind) -> Self {
        match kind {
            store::DecisionKind::Justified => Self::Justified,
            store::DecisionKind::JustificationRevoked => Self::JustificationRevoked,
            store::DecisionKind::JustificationExpired => Self::JustificationExpired,
            store::DecisionKind::RuleSetting => Self::RuleSetting,
            store::DecisionKind::AccountChanged => Self::AccountChanged,
            store::DecisionKind::UserChanged => Self::UserChanged,
            store::DecisionKind::Commented => Self::Commented,
        }
    }
}

impl From<DecisionKind> for store::DecisionKind {
    fn from(kind: DecisionKind) -> Self {
        match kind {
            DecisionKind::Justified => Self::Justified,
            DecisionKind::JustificationRevoked => Self::JustificationRevoked,
            DecisionKind::JustificationExpired => Self::JustificationExpired,
            DecisionKind::RuleSetting => Self::RuleSetting,
            DecisionKind::AccountChanged => Self::AccountChanged,
            DecisionKind::UserChanged => Self::UserChanged,
            DecisionKind::Commented => Self::Commented,
        }
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// Its number.
    pub id: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who; null: the system, or the operator at the command line.
    pub by: Option<String>,
    /// What.
    pub kind: DecisionKind,
    /// The finding it is about.
    pub finding: Option<i64>,
    /// The resource it is about.
    pub resource: Option<i64>,
    /// The rule it is about.
    #[schema(value_type = Option<String>)]
    pub rule: Option<RuleId>,
    /// All of it, as it stands in the hash chain: reason, end, new value.
    #[schema(value_type = Object)]
    pub content: serde_json::Value,
}

impl From<store::Decision> for Decision {
    fn from(decision: store::Decision) -> Self {
        Self {
            id: decision.id.0,
            at: decision.at,
            by: match decision.by {
                Author::System => None,
                Author::User(email) => Some(email.to_string()),
            },
            kind: decision.kind.into(),
            finding: decision.finding.map(|finding| finding.0),
            resource: decision.resource.map(|resource| resource.0),
            rule: decision.rule,
            content: decision.body,
        }
    }
}

/// Which decisions.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DecisionParameters {
    /// Only of these kinds.
    #[serde(default)]
    pub kind: Vec<DecisionKind>,
    /// Only about this finding.
    pub finding: Option<i64>,
    /// Only about this resource or any of its findings.
    pub resource: Option<i64>,
    /// Only about this rule or any of its findings.
    #[param(value_type = Option<String>)]
    pub rule: Option<RuleId>,
    /// Only changes of this account, and rule settings in it.
    #[param(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// Only changes of this user.
    #[param(value_type = Option<String>)]
    pub user: Option<UserEmail>,
    /// Only by this user; `system`: by the system, or the operator at the command line.
    pub by: Option<String>,
    /// Only of this instant and later.
    #[param(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Only before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// The cursor `next` of the page before; leave it out for the first page.
    pub after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
}

impl DecisionParameters {
    /// The store's filter.
    pub fn into_filter(self) -> Result<DecisionFilter, Problem> {
        let by = match self.by.as_deref() {
            None => None,
            Some("system") => Some(Author::System),
            Some(email) => {
                let email = UserEmail::parse(email);
                Some(Author::User(
                    email.map_err(|error| Problem::invalid(format!("query: by: {error}")))?,
                ))
            }
        };
        Ok(DecisionFilter {
            finding: self.finding.map(FindingId),
            resource: self.resource.map(ResourceRow),
            rule: self.rule,
            account: self.account,
            user: self.user,
            kinds: self.kind.into_iter().map(Into::into).collect(),
            by,
            since: self.since,
            until: self.until,
        })
    }
}
