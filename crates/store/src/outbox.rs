//! The outbox: events written with what they tell of, and their deliveries to subscriptions.

use std::collections::BTreeMap;
use std::time::Duration;

use security_monkey_model::{Event, Timestamp};

use crate::db::{Builder, Param, Row, Statement, statements};
use crate::subscription::{SERVED, Subscription};
use crate::{Cursor, DeliveryId, Page, PageOf, Result, Store, StoreError, SubscriptionId};

statements! {
    AFTER = "select id, at, body from event where id > $1 order by id limit $2";
    LAST = "select coalesce(max(id), 0) as id from event";
    WAITING = "select id from event where id > (select value from generation where name = 'expanded-event') limit 1";
    /// Locks, so that two processes do not expand the same events.
    LOCK_EXPANDED = "update generation set value = value where name = 'expanded-event' returning value";
    EXPANDED = "update generation set value = $1 where name = 'expanded-event'";
    DUE = "select id from delivery where state = 'pending' and (due_at <= $1 or due_at > $2) limit 1";
    SENT = "update delivery set state = 'sent', sent_at = $3, error = null where id = $1 and fence = $2 and state = 'pending'";
    FAILED = "update delivery set state = $3, attempts = attempts + 1, error = $4, due_at = coalesce($5, due_at)
        where id = $1 and fence = $2 and state = 'pending'";
    PRUNE = "delete from event where at < $1 and id <= (select value from generation where name = 'expanded-event')
        and id < (select max(e.id) from event e)
        and id not in (select d.event from delivery d where d.state = 'pending')";
    PRUNE_DELIVERIES = "delete from delivery where state <> 'pending' and event not in (select e.id from event e)";
}

/// One event for one subscription, claimed by one process until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its number.
    pub id: DeliveryId,
    /// The event.
    pub event: Event,
    /// The subscription as it is now.
    pub subscription: Subscription,
    /// Failed attempts before this one.
    pub attempts: u32,
    /// Proof of the claim.
    pub fence: i64,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its time, or is claimed.
    Pending,
    /// Arrived.
    Sent,
    /// Given up.
    Failed,
}

/// A delivery as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliverySummary {
    /// Its number.
    pub id: DeliveryId,
    /// The event's number.
    pub event: i64,
    /// The subscription's number.
    pub subscription: crate::SubscriptionId,
    /// Where it stands.
    pub state: DeliveryState,
    /// Failed attempts.
    pub attempts: u32,
    /// The last failure, if any.
    pub error: Option<String>,
    /// When it was sent, if it was.
    pub sent_at: Option<Timestamp>,
}

/// No delivery is put off for longer than this: a week.
const LONGEST_WAIT_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;
/// Events that one transaction expands.
const MOST_EVENTS: u32 = 1_000;

impl DeliveryState {
    /// The state's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The state with this text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

fn read_event(row: &Row) -> Result<Event> {
    Ok(Event {
        id: row.integer("id")?,
        at: row.time("at")?,
        body: row.json("body")?,
    })
}

impl Store {
    /// Events after this number, oldest first. Numbers are given out in the order of commits: whoever has read up to a number has missed nothing before it.
    pub async fn events_after(&self, id: i64, limit: u32) -> Result<Vec<Event>> {
        let rows = self.db.fetch(Statement::of(AFTER).bind(id).bind(limit)).await?;
        rows.iter().map(read_event).collect()
    }

    /// The number of the newest event; 0: none yet.
    pub async fn last_event(&self) -> Result<i64> {
        let row = self.db.fetch_optional(Statement::of(LAST)).await?;
        row.map_or(Ok(0), |row| row.integer("id"))
    }

    /// Makes deliveries of up to 1,000 events that were not expanded yet, for all subscriptions that are switched on and whose owner is
    /// not disabled and may still have them; returns how many events it took. Call until 0.
    pub async fn expand_deliveries(&self, at: Timestamp) -> Result<usize> {
        // Most of the time there is nothing to do, and SQLite has one writer.
        if self.db.fetch_optional(Statement::of(WAITING)).await?.is_none() {
            return Ok(0);
        }
        let subscriptions = self.served_subscriptions().await?;
        let mut transaction = self.db.begin().await?;
        let from = transaction
            .fetch_one(Statement::of(LOCK_EXPANDED))
            .await?
            .integer("value")?;
        let rows = transaction
            .fetch(Statement::of(AFTER).bind(from).bind(MOST_EVENTS))
            .await?;
        let mut deliveries: Vec<[Param; 5]> = Vec::new();
        let mut last = from;
        for row in &rows {
            let event = read_event(row)?;
            last = event.id;
            for subscription in &subscriptions {
                let spec = &subscription.spec;
                // One that was made by a clock that was ahead does not wait until then.
                let is_older = subscription.created_at <= event.at || subscription.created_at > at;
                if is_older && spec.filter.matches(&event) {
                    deliveries.push([
                        event.id.into(),
                        subscription.id.into(),
                        spec.channel.as_str().into(),
                        DeliveryState::Pending.as_str().into(),
                        at.into(),
                    ]);
                }
            }
        }
        let head = "insert into delivery (event, subscription, channel, state, due_at)";
        transaction
            .insert(head, deliveries, "on conflict (event, subscription) do nothing")
            .await?;
        transaction.execute(Statement::of(EXPANDED).bind(last)).await?;
        transaction.commit().await?;
        Ok(rows.len())
    }

    /// Claims deliveries of these channels that are due at `at`, for as long as `lease`. Nobody else gets them until then. Those of
    /// subscriptions that are not served wait; those that are due later than anything can be were put off by a clock that was ahead.
    pub async fn claim_deliveries(
        &self,
        channels: &[&str],
        at: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        let far_ahead = at.as_micros().saturating_add(LONGEST_WAIT_MICROS);
        let due = Statement::of(DUE).bind(at).bind(far_ahead);
        if channels.is_empty() || self.db.fetch_optional(due).await?.is_none() {
            return Ok(Vec::new());
        }
        let until = at
            .as_micros()
            .saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX));
        let mut transaction = self.db.begin().await?;
        let mut query = Builder::new("update delivery set fence = fence + 1, due_at = ");
        query.value(until).push(
            " where id in (select d.id from delivery d join subscription on subscription.id = d.subscription
            where d.state = 'pending' and (d.due_at <= ",
        );
        query
            .value(at)
            .push(" or d.due_at > ")
            .value(far_ahead)
            .push(") and ")
            .push(SERVED)
            .push(" and d.channel in ")
            .list(channels.iter().copied());
        query.push(" order by d.due_at, d.id limit ").value(limit);
        query.push(self.db.dialect().words().skip_locked);
        query.push(") returning id, event, subscription, attempts, fence");
        let claimed = transaction.fetch(query.build()).await?;
        transaction.commit().await?;

        let mut events = BTreeMap::new();
        let ids = claimed
            .iter()
            .map(|row| row.integer("event"))
            .collect::<Result<Vec<_>>>()?;
        for ids in ids.chunks(500) {
            let mut query = Builder::new("select id, at, body from event where id in ");
            query.list(ids.iter().copied());
            for row in self.db.fetch(query.build()).await? {
                events.insert(row.integer("id")?, read_event(&row)?);
            }
        }
        let subscriptions: BTreeMap<SubscriptionId, Subscription> = self
            .subscriptions(None)
            .await?
            .into_iter()
            .map(|subscription| (subscription.id, subscription))
            .collect();
        let mut deliveries = Vec::with_capacity(claimed.len());
        for row in claimed {
            let event = events.get(&row.integer("event")?);
            let subscription = subscriptions.get(&SubscriptionId(row.integer("subscription")?));
            // A subscription removed between claim and here has no deliveries any more.
            if let (Some(event), Some(subscription)) = (event, subscription) {
                deliveries.push(Delivery {
                    id: DeliveryId(row.integer("id")?),
                    event: event.clone(),
                    subscription: subscription.clone(),
                    attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
                    fence: row.integer("fence")?,
                });
            }
        }
        deliveries.sort_by_key(|delivery| delivery.id);
        Ok(deliveries)
    }

    /// Notes that a delivery arrived.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the claim ran out and somebody else has it.
    pub async fn delivery_sent(&self, id: DeliveryId, fence: i64, at: Timestamp) -> Result<()> {
        self.settle(id, Statement::of(SENT).bind(id).bind(fence).bind(at)).await
    }

    /// Notes that a delivery failed; try again at `retry_at` (none: give up).
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the claim ran out and somebody else has it.
    pub async fn delivery_failed(
        &self,
        id: DeliveryId,
        fence: i64,
        error: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<()> {
        let state = if retry_at.is_some() {
            DeliveryState::Pending
        } else {
            DeliveryState::Failed
        };
        let error: String = error.chars().take(2_000).collect();
        let failed = Statement::of(FAILED)
            .bind(id)
            .bind(fence)
            .bind(state.as_str())
            .bind(error)
            .bind(retry_at);
        self.settle(id, failed).await
    }

    async fn settle(&self, id: DeliveryId, statement: Statement) -> Result<()> {
        match self.db.execute(statement).await? {
            0 => Err(StoreError::LeaseLost {
                name: format!("delivery {id}"),
            }),
            _ => Ok(()),
        }
    }

    /// Deliveries, newest first.
    pub async fn deliveries(&self, state: Option<DeliveryState>, page: &Page) -> Result<PageOf<DeliverySummary>> {
        let mut query = Builder::new("select id, event, subscription, state, attempts, error, sent_at from delivery");
        if let Some(state) = state {
            query.condition("state = ").value(state.as_str());
        }
        if let Some([id]) = page.numbers()? {
            query.condition("id < ").value(id);
        }
        query.push(" order by id desc limit ").value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let deliveries = rows.iter().map(|row| {
            Ok(DeliverySummary {
                id: DeliveryId(row.integer("id")?),
                event: row.integer("event")?,
                subscription: SubscriptionId(row.integer("subscription")?),
                state: row.word("state", DeliveryState::parse)?,
                attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
                error: row.optional_text("error")?,
                sent_at: row.optional_time("sent_at")?,
            })
        });
        let deliveries = deliveries.collect::<Result<Vec<_>>>()?;
        Ok(PageOf::cut(deliveries, page, |last| Cursor::of(&[last.id.0])))
    }

    /// Forgets events before this instant that are expanded and whose deliveries are all sent or given up. The newest event stays: it
    /// says how far numbers have come.
    pub async fn prune_events(&self, before: Timestamp) -> Result<u64> {
        let mut transaction = self.db.begin().await?;
        let pruned = transaction.execute(Statement::of(PRUNE).bind(before)).await?;
        transaction.execute(Statement::of(PRUNE_DELIVERIES)).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}
