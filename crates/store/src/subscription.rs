//! Who wants to hear of which events, through which channel.

use security_monkey_model::{AccountId, Event, EventBody, Score, TechnologyId, Timestamp, UserEmail};
use serde::{Deserialize, Serialize};

use crate::{Author, Result, Store, StoreError, SubscriptionId};

/// Kinds of events, as a subscription names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A revision was recorded.
    ResourceChanged,
    /// A finding came to life, ended, or came back.
    FindingChanged,
    /// A scope became unreadable, or readable again.
    CoverageChanged,
}

impl EventKind {
    /// The kind of an event.
    pub const fn of(body: &EventBody) -> Self {
        match body {
            EventBody::ResourceChanged { .. } => Self::ResourceChanged,
            EventBody::FindingChanged { .. } => Self::FindingChanged,
            EventBody::CoverageChanged { .. } => Self::CoverageChanged,
        }
    }
}

/// Which events a subscription is about; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionFilter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// On these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Of these kinds.
    pub events: Vec<EventKind>,
    /// Findings of at least this score; other kinds of events have no score and pass.
    pub min_score: Option<Score>,
}

impl SubscriptionFilter {
    /// Whether the event is wanted.
    pub fn matches(&self, event: &Event) -> bool {
        let (scope, score) = match &event.body {
            EventBody::ResourceChanged { resource, .. } => (&resource.scope, None),
            EventBody::FindingChanged { resource, score, .. } => (&resource.scope, Some(*score)),
            EventBody::CoverageChanged { scope, .. } => (scope, None),
        };
        (self.accounts.is_empty() || self.accounts.contains(&scope.account))
            && (self.technologies.is_empty() || self.technologies.contains(&scope.technology))
            && (self.events.is_empty() || self.events.contains(&EventKind::of(&event.body)))
            && self
                .min_score
                .is_none_or(|least| score.is_none_or(|score| score >= least))
    }
}

/// What somebody wants to hear, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Its number.
    pub id: SubscriptionId,
    /// Everything else.
    pub spec: SubscriptionSpec,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A subscription without its number.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionSpec {
    /// Whose it is; none: the deployment's.
    pub owner: Option<UserEmail>,
    /// The channel's name: `smtp`, `webhook`.
    pub channel: String,
    /// Where to: an address, a URL.
    pub target: String,
    /// What else the channel wants to know.
    pub settings: serde_json::Value,
    /// Which events.
    pub filter: SubscriptionFilter,
    /// Whether it is served now.
    pub enabled: bool,
}

impl Store {
    /// All subscriptions (of one owner, if given), by number.
    pub async fn subscriptions(&self, owner: Option<&UserEmail>) -> Result<Vec<Subscription>> {
        let _ = owner;
        Err(StoreError::NotYet)
    }

    /// One subscription.
    pub async fn subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>> {
        let _ = id;
        Err(StoreError::NotYet)
    }

    /// Adds a subscription; it hears of events after this.
    pub async fn add_subscription(
        &self,
        spec: &SubscriptionSpec,
        by: &Author,
        at: Timestamp,
    ) -> Result<SubscriptionId> {
        let _ = (spec, by, at);
        Err(StoreError::NotYet)
    }

    /// Replaces a subscription.
    pub async fn update_subscription(
        &self,
        id: SubscriptionId,
        spec: &SubscriptionSpec,
        by: &Author,
        at: Timestamp,
    ) -> Result<()> {
        let _ = (id, spec, by, at);
        Err(StoreError::NotYet)
    }

    /// Removes a subscription with its deliveries that were not sent.
    pub async fn delete_subscription(&self, id: SubscriptionId, by: &Author, at: Timestamp) -> Result<()> {
        let _ = (id, by, at);
        Err(StoreError::NotYet)
    }
}
