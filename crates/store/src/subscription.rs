//! Who wants to hear of which events, through which channel.

use security_monkey_model::{AccountId, Event, EventBody, Role, Score, TechnologyId, Timestamp, UserEmail};
use serde::{Deserialize, Serialize};

use crate::db::{Builder, Row, Statement, statements};
use crate::record::json;
use crate::{Author, Result, Store, StoreError, SubscriptionId};

statements! {
    ADD = "insert into subscription (email, channel, target, settings, filter, is_enabled, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) returning id";
    UPDATE = "update subscription set email = $2, channel = $3, target = $4, settings = $5, filter = $6, is_enabled = $7 where id = $1";
    DELETE = "delete from subscription where id = $1";
    DELETE_DELIVERIES = "delete from delivery where subscription = $1 and state = 'pending'";
}

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
    /// The kind's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResourceChanged => "resource-changed",
            Self::FindingChanged => "finding-changed",
            Self::CoverageChanged => "coverage-changed",
        }
    }

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

pub(crate) fn read(row: &Row) -> Result<Subscription> {
    Ok(Subscription {
        id: SubscriptionId(row.integer("id")?),
        spec: SubscriptionSpec {
            owner: row.optional_text("email")?.map(|_| row.id("email")).transpose()?,
            channel: row.text("channel")?,
            target: row.text("target")?,
            settings: row.json("settings")?,
            filter: row.json("filter")?,
            enabled: row.is_true("is_enabled")?,
        },
        created_at: row.time("created_at")?,
    })
}

/// The channel that people may use without being admins, for their own address.
const MAIL: &str = "smtp";

impl SubscriptionSpec {
    /// Whether somebody with this address and role may have it: our mail server and our network place are not everybody's to point at
    /// others, so other channels than mail to the own address are for admins.
    pub fn is_permitted(&self, email: &UserEmail, role: Role) -> bool {
        role == Role::Admin || (self.channel == MAIL && self.target == email.as_str())
    }
}

/// The condition on a `subscription` that it is served: it is switched on, and its owner (if it is not the deployment's) is a user who is
/// not disabled and may still have it, as [`SubscriptionSpec::is_permitted`] says.
pub(crate) const SERVED: &str = "subscription.is_enabled = 1 and (subscription.email is null or exists (
    select 1 from app_user u where u.email = subscription.email and u.disabled_at is null
    and (u.role = 'admin' or (subscription.channel = 'smtp' and subscription.target = u.email))))";

const SELECT: &str = "select id, email, channel, target, settings, filter, is_enabled, created_at from subscription";

impl Store {
    /// All subscriptions (of one owner, if given), by number.
    pub async fn subscriptions(&self, owner: Option<&UserEmail>) -> Result<Vec<Subscription>> {
        let mut query = Builder::new(SELECT);
        if let Some(owner) = owner {
            query.condition("email = ").value(owner.as_str());
        }
        let rows = self.db.fetch(query.push(" order by id").build()).await?;
        rows.iter().map(read).collect()
    }

    /// The subscriptions that are served now, by number: see [`SERVED`].
    pub(crate) async fn served_subscriptions(&self) -> Result<Vec<Subscription>> {
        let mut query = Builder::new(SELECT);
        let rows = self
            .db
            .fetch(query.condition(SERVED).push(" order by id").build())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One subscription.
    pub async fn subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>> {
        let mut query = Builder::new(SELECT);
        query.condition("id = ").value(id);
        let row = self.db.fetch_optional(query.build()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Adds a subscription; it hears of events after this. Who did it is known from its owner: it is no decision.
    pub async fn add_subscription(
        &self,
        spec: &SubscriptionSpec,
        by: &Author,
        at: Timestamp,
    ) -> Result<SubscriptionId> {
        let mut transaction = self.db.begin().await?;
        let add = Statement::of(ADD)
            .bind(spec.owner.as_ref().map(UserEmail::as_str))
            .bind(spec.channel.as_str())
            .bind(spec.target.as_str())
            .bind(json(&spec.settings)?)
            .bind(json(&spec.filter)?)
            .bind(spec.enabled)
            .bind(at);
        let id = SubscriptionId(transaction.fetch_one(add).await?.integer("id")?);
        transaction.change_configuration().await?;
        transaction.commit().await?;
        tracing::info!(subscription = id.0, by = by.as_str(), "subscription added");
        Ok(id)
    }

    /// Replaces a subscription.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn update_subscription(
        &self,
        id: SubscriptionId,
        spec: &SubscriptionSpec,
        by: &Author,
        at: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let update = Statement::of(UPDATE)
            .bind(id)
            .bind(spec.owner.as_ref().map(UserEmail::as_str))
            .bind(spec.channel.as_str())
            .bind(spec.target.as_str())
            .bind(json(&spec.settings)?)
            .bind(json(&spec.filter)?)
            .bind(spec.enabled);
        if transaction.execute(update).await? == 0 {
            return Err(StoreError::NotFound(format!("subscription {id}")));
        }
        transaction.change_configuration().await?;
        transaction.commit().await?;
        tracing::info!(subscription = id.0, by = by.as_str(), %at, "subscription changed");
        Ok(())
    }

    /// Removes a subscription with its deliveries that were not sent; fine when there is none.
    pub async fn delete_subscription(&self, id: SubscriptionId, by: &Author, at: Timestamp) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        transaction.execute(Statement::of(DELETE_DELIVERIES).bind(id)).await?;
        transaction.execute(Statement::of(DELETE).bind(id)).await?;
        transaction.change_configuration().await?;
        transaction.commit().await?;
        tracing::info!(subscription = id.0, by = by.as_str(), %at, "subscription removed");
        Ok(())
    }
}
