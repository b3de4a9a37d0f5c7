//! Events: what the store puts into the outbox, in the transaction that makes them true, for the notifier to tell.

use serde::{Deserialize, Serialize};

use crate::document::Difference;
use crate::finding::{FindingStatus, Score};
use crate::identifier::{RuleId, Subject};
use crate::resource::{Actor, Change, ResourceKey};
use crate::{GapCause, Timestamp};

/// Something that happened, with a number that never repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Increases with time; the key that keeps a receiver from hearing twice.
    pub id: i64,
    /// When we recorded it.
    pub at: Timestamp,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EventBody {
    /// A revision was recorded.
    ResourceChanged {
        /// The resource.
        resource: ResourceKey,
        /// What people call it.
        name: String,
        /// Its ARN, if it has one.
        arn: Option<String>,
        /// The kind of change.
        change: Change,
        /// The revision's number.
        revision: i64,
        /// Who did it, if known.
        actor: Option<Actor>,
        /// What differs from the revision before; at most 100 entries, secrets masked.
        differences: Vec<Difference>,
    },
    /// A finding came to life, ended, or came back.
    FindingChanged {
        /// The finding's number.
        finding: i64,
        /// The resource at fault.
        resource: ResourceKey,
        /// What people call the resource.
        name: String,
        /// Its ARN, if it has one.
        arn: Option<String>,
        /// The rule.
        rule: RuleId,
        /// The rule's title.
        title: String,
        /// The part at fault.
        subject: Subject,
        /// The finding in one sentence.
        message: String,
        /// How bad.
        score: Score,
        /// The state it came to.
        status: FindingStatus,
    },
    /// A scope became unreadable, or readable again.
    CoverageChanged {
        /// What could (not) be looked at.
        scope: crate::Scope,
        /// Why not; none: readable again.
        cause: Option<GapCause>,
        /// For people.
        message: String,
    },
}
