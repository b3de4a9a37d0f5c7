//! What people decided: insert-only, in the hash chain; and their comments.

use security_monkey_model::{RuleId, Timestamp, UserEmail};
use serde::{Deserialize, Serialize};

use crate::{CommentId, DecisionId, FindingId, Page, PageOf, ResourceRow, Result, Store, StoreError};

/// Who did something in Security Monkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// Security Monkey itself, or the operator at the command line.
    System,
    /// A user.
    User(UserEmail),
}

impl Author {
    /// The text of the database: the address, or `system`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::System => "system",
            Self::User(email) => email.as_str(),
        }
    }
}

/// The kinds of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl DecisionKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Justified,
        Self::JustificationRevoked,
        Self::JustificationExpired,
        Self::RuleSetting,
        Self::AccountChanged,
        Self::UserChanged,
        Self::Commented,
    ];

    /// The kind's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::JustificationRevoked => "justification-revoked",
            Self::JustificationExpired => "justification-expired",
            Self::RuleSetting => "rule-setting",
            Self::AccountChanged => "account-changed",
            Self::UserChanged => "user-changed",
            Self::Commented => "commented",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its number.
    pub id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: Author,
    /// What kind it is.
    pub kind: DecisionKind,
    /// The finding it is about.
    pub finding: Option<FindingId>,
    /// The resource it is about.
    pub resource: Option<ResourceRow>,
    /// The rule it is about.
    pub rule: Option<RuleId>,
    /// Its content as JSON (reason, expiry, new value).
    pub body: serde_json::Value,
}

/// Which decisions are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecisionFilter {
    /// About this finding.
    pub finding: Option<FindingId>,
    /// About this resource or any of its findings.
    pub resource: Option<ResourceRow>,
    /// Of these kinds.
    pub kinds: Vec<DecisionKind>,
    /// Made by this author.
    pub by: Option<Author>,
}

/// A comment on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: CommentId,
    /// The resource.
    pub resource: ResourceRow,
    /// Who wrote it.
    pub by: Author,
    /// When.
    pub at: Timestamp,
    /// The text; never empty, at most 10,000 characters.
    pub text: String,
}

impl Store {
    /// Decisions, newest first.
    pub async fn decisions(&self, filter: &DecisionFilter, page: &Page) -> Result<PageOf<Decision>> {
        let _ = (filter, page);
        Err(StoreError::NotYet)
    }

    /// Comments on a resource, newest first.
    pub async fn comments(&self, resource: ResourceRow, page: &Page) -> Result<PageOf<Comment>> {
        let _ = (resource, page);
        Err(StoreError::NotYet)
    }

    /// Comments on a resource.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown resource, [`StoreError::InvalidRequest`] for an empty or too long text.
    pub async fn comment(&self, resource: ResourceRow, by: &Author, text: &str, at: Timestamp) -> Result<CommentId> {
        let _ = (resource, by, text, at);
        Err(StoreError::NotYet)
    }
}
