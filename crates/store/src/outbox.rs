//! The outbox: events written with what they tell of, and their deliveries to subscriptions.

use std::time::Duration;

use security_monkey_model::{Event, Timestamp};

use crate::subscription::Subscription;
use crate::{DeliveryId, Page, PageOf, Result, Store, StoreError};

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

impl Store {
    /// Events after this number, oldest first. Numbers are given out in the order of commits: whoever has read up to a number has missed nothing before it.
    pub async fn events_after(&self, id: i64, limit: u32) -> Result<Vec<Event>> {
        let _ = (id, limit);
        Err(StoreError::NotYet)
    }

    /// The number of the newest event; 0: none yet.
    pub async fn last_event(&self) -> Result<i64> {
        Err(StoreError::NotYet)
    }

    /// Makes deliveries of up to 1,000 events that were not expanded yet, for all enabled subscriptions; returns how many events
    /// it took. Call until 0.
    pub async fn expand_deliveries(&self, at: Timestamp) -> Result<usize> {
        let _ = at;
        Err(StoreError::NotYet)
    }

    /// Claims deliveries of these channels that are due at `at`, for as long as `lease`. Nobody else gets them until then.
    pub async fn claim_deliveries(
        &self,
        channels: &[&str],
        at: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        let _ = (channels, at, lease, limit);
        Err(StoreError::NotYet)
    }

    /// Notes that a delivery arrived.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the claim ran out and somebody else has it.
    pub async fn delivery_sent(&self, id: DeliveryId, fence: i64, at: Timestamp) -> Result<()> {
        let _ = (id, fence, at);
        Err(StoreError::NotYet)
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
        let _ = (id, fence, error, retry_at);
        Err(StoreError::NotYet)
    }

    /// Deliveries, newest first.
    pub async fn deliveries(&self, state: Option<DeliveryState>, page: &Page) -> Result<PageOf<DeliverySummary>> {
        let _ = (state, page);
        Err(StoreError::NotYet)
    }

    /// Forgets events before this instant that are expanded and whose deliveries are all sent or given up.
    pub async fn prune_events(&self, before: Timestamp) -> Result<u64> {
        let _ = before;
        Err(StoreError::NotYet)
    }
}
