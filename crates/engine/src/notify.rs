//! From the outbox to the channels: at least once, and recognisable when twice.
//!
//! The store makes one delivery per event and subscription, so a restart never tells an event anew. A delivery is claimed for a
//! time, sent, and marked; a process that dies between sending and marking sends it again with the same message id, which mail
//! systems and webhook receivers recognise.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use security_monkey_model::{AccountId, Event, EventBody, GapCause, ResourceKey, RuleId, Timestamp};
use security_monkey_notifier::{
    Advice, Audience, DeliveryError, Message, MessageId, RenderContext, Target, render, render_digest,
};
use security_monkey_store::outbox::Delivery;
use security_monkey_store::{StoreError, SubscriptionId};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::jitter::{after, back_off, next_beat};

/// Deliveries claimed together. Each message takes a minute at most, so with those in flight all are done before the claim runs out.
const CLAIMED: u32 = 200;
/// Messages sent at the same time.
const IN_FLIGHT: usize = 16;
/// How long a claim holds.
const CLAIM: Duration = Duration::from_mins(15);
/// More messages than this to one person at one time become one: a first scan may have thousands of news.
const MOST_MESSAGES: usize = 5;
/// The first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait after a failure: a little over four hours. A multiple of all shorter ones, so that their beats meet.
const LONGEST_WAIT: Duration = Duration::from_mins(256);

/// What one round of sending came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DispatchReport {
    /// Messages that arrived.
    pub sent: usize,
    /// Deliveries told by the message of another one: an account's scopes going out of sight together, or many events at once.
    pub joined: usize,
    /// Failures that are tried again later.
    pub postponed: usize,
    /// Failures that are not.
    pub given_up: usize,
}

impl Engine {
    /// Sends what is due now, and returns when nothing more is. [`Engine::run`] does this all the time.
    ///
    /// # Errors
    /// The store failed; what was claimed is due again when the claim runs out.
    pub async fn dispatch(&self) -> Result<DispatchReport, StoreError> {
        let mut report = DispatchReport::default();
        self.dispatch_until(&CancellationToken::new(), &mut report).await?;
        Ok(report)
    }

    pub(crate) async fn keep_notifying(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let mut report = DispatchReport::default();
            if let Err(error) = self.dispatch_until(shutdown, &mut report).await {
                tracing::error!(%error, "cannot send notifications; trying again");
            }
            if report != DispatchReport::default() {
                let DispatchReport {
                    sent,
                    joined,
                    postponed,
                    given_up,
                } = report;
                tracing::info!(sent, joined, postponed, given_up, "sent notifications");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(self.settings().poll) => {}
            }
        }
    }

    async fn dispatch_until(
        &self,
        shutdown: &CancellationToken,
        report: &mut DispatchReport,
    ) -> Result<(), StoreError> {
        let channels = self.channels();
        while !shutdown.is_cancelled() {
            if self.store().expand_deliveries(self.now()).await? == 0 {
                break;
            }
        }
        while !channels.is_empty() && !shutdown.is_cancelled() {
            let claimed = self
                .store()
                .claim_deliveries(&channels, self.now(), CLAIM, CLAIMED)
                .await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let mut sending = futures::stream::iter(self.groups(claimed).into_iter().map(|group| self.deliver(group)))
                .buffer_unordered(IN_FLIGHT);
            while let Some(one) = sending.next().await {
                let one = one?;
                report.sent += one.sent;
                report.joined += one.joined;
                report.postponed += one.postponed;
                report.given_up += one.given_up;
            }
        }
        Ok(())
    }

    /// Sends one message for a group of deliveries, and marks all of them.
    async fn deliver(&self, group: Vec<Delivery>) -> Result<DispatchReport, StoreError> {
        let mut report = DispatchReport::default();
        let sent = self.send(&group).await;
        let retry_at = sent.as_ref().err().and_then(|error| self.retry_at(&group, error));
        for (index, delivery) in group.iter().enumerate() {
            let marked = match &sent {
                Ok(()) => {
                    if index == 0 {
                        report.sent += 1;
                    } else {
                        report.joined += 1;
                    }
                    self.store()
                        .delivery_sent(delivery.id, delivery.fence, self.now())
                        .await
                }
                Err(error) => {
                    let is_last = delivery.attempts + 1 >= self.settings().delivery_attempts;
                    let retry_at = retry_at.filter(|_| !is_last);
                    if retry_at.is_some() {
                        report.postponed += 1;
                    } else {
                        report.given_up += 1;
                        tracing::error!(subscription = %delivery.subscription.id, event = delivery.event.id, %error, "gave up a notification");
                    }
                    let text = error.to_string();
                    self.store()
                        .delivery_failed(delivery.id, delivery.fence, &text, retry_at)
                        .await
                }
            };
            match marked {
                // Slower than the claim: another process sends it again, with the same message id.
                Err(StoreError::LeaseLost { .. }) => {
                    tracing::warn!(subscription = %delivery.subscription.id, event = delivery.event.id, "a notification took longer than its claim");
                }
                other => other?,
            }
        }
        Ok(report)
    }

    async fn send(&self, group: &[Delivery]) -> Result<(), DeliveryError> {
        let Some(first) = group.first() else { return Ok(()) };
        let spec = &first.subscription.spec;
        let channel = self
            .channel(&spec.channel)
            .map_err(|error| DeliveryError::temporary(error.to_string()))?;
        let is_one_matter = group.iter().all(|delivery| matter(delivery) == matter(first));
        let content = if is_one_matter {
            render(&first.event, &self.render_context(&first.event, group).await)
        } else {
            let mut events = Vec::with_capacity(group.len());
            for delivery in group {
                events.push((&delivery.event, self.render_context(&delivery.event, &[]).await));
            }
            render_digest(&events)
        };
        let message = Message {
            id: MessageId {
                deployment: self.inner.deployment.clone(),
                event: first.event.id,
                at: first.event.at,
                subscription: first.subscription.id.0,
            },
            at: first.event.at,
            content,
            payload: serde_json::to_value(&first.event)
                .map_err(|error| DeliveryError::permanent(format!("cannot write the event: {error}")))?,
        };
        let target = Target {
            address: &spec.target,
            settings: &spec.settings,
        };
        channel.send(&message, target).await
    }

    /// What the event does not say itself, and the other scopes that `group` tells of. Failing to look it up makes a message shorter,
    /// not late.
    async fn render_context(&self, event: &Event, group: &[Delivery]) -> RenderContext {
        let (account, resource, rule): (&AccountId, Option<&ResourceKey>, Option<&RuleId>) = match &event.body {
            EventBody::ResourceChanged { resource, .. } => (&resource.scope.account, Some(resource), None),
            EventBody::FindingChanged { resource, rule, .. } => (&resource.scope.account, Some(resource), Some(rule)),
            EventBody::CoverageChanged { scope, .. } => (&scope.account, None, None),
        };
        let knowledge = self.inner.knowledge().await.ok();
        let row = match resource {
            Some(key) => self.store().find_resource(key).await.ok().flatten(),
            None => None,
        };
        let also = group.iter().skip(1).filter_map(|delivery| match &delivery.event.body {
            EventBody::CoverageChanged { scope, .. } => Some(scope.clone()),
            _ => None,
        });
        RenderContext {
            link_base: self.settings().link_base.clone(),
            account_name: knowledge.and_then(|known| known.accounts.get(account).map(|account| account.name.clone())),
            resource: row.map(|row| row.0),
            advice: rule.and_then(|rule| self.rules().get(rule)).map(|rule| Advice {
                rationale: rule.rationale.clone(),
                remediation: rule.remediation.clone(),
                references: rule.references.iter().map(|reference| reference.url.clone()).collect(),
            }),
            also: also.collect(),
        }
    }

    /// Deliveries that one message can tell. Programs hear of each event by itself. People hear of an account going out of sight once, not
    /// once for each of its scopes; and of many events at once in one message.
    fn groups(&self, claimed: Vec<Delivery>) -> Vec<Vec<Delivery>> {
        let mut groups = Vec::new();
        let mut matters: BTreeMap<SubscriptionId, BTreeMap<Matter, Vec<Delivery>>> = BTreeMap::new();
        for delivery in claimed {
            let channel = self.channel(&delivery.subscription.spec.channel);
            if channel.is_ok_and(|channel| channel.audience() == Audience::People) {
                let of_person = matters.entry(delivery.subscription.id).or_default();
                of_person.entry(matter(&delivery)).or_default().push(delivery);
            } else {
                groups.push(vec![delivery]);
            }
        }
        for of_person in matters.into_values() {
            if of_person.len() > MOST_MESSAGES {
                groups.push(of_person.into_values().flatten().collect());
            } else {
                groups.extend(of_person.into_values());
            }
        }
        for group in &mut groups {
            group.sort_by_key(|delivery| delivery.event.id);
        }
        groups.sort_by_key(|group| group.first().map(|delivery| delivery.event.id));
        groups
    }

    /// When a group that failed is tried again, if it makes sense at all: between half and one and a half of its wait from now. All of it at
    /// one instant, and at one that the subscription's other failures are tried at too, whatever their waits and whichever process they
    /// failed in: what piled up while the receiver was away is one message then, not one for each.
    fn retry_at(&self, group: &[Delivery], error: &DeliveryError) -> Option<Timestamp> {
        let DeliveryError::Temporary { after: asked, .. } = error else {
            return None;
        };
        let first = group.first()?;
        let failures = group.iter().map(|delivery| delivery.attempts).max()?.saturating_add(1);
        let wait = back_off(FIRST_WAIT, failures, LONGEST_WAIT);
        let earliest = after(self.now(), (wait / 2).max(asked.unwrap_or_default()));
        let name = format!("subscription {}", first.subscription.id);
        Some(next_beat(earliest, wait, &name))
    }
}

/// What a delivery is about, as far as one message can tell it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    /// Scopes of an account (un)readable for one reason; messages about one failure are the same for all of them.
    Coverage(AccountId, Option<GapCause>, String),
    /// Any other event: itself.
    Event(i64),
}

fn matter(delivery: &Delivery) -> Matter {
    match &delivery.event.body {
        EventBody::CoverageChanged { scope, cause, message } => {
            let why = if cause.is_some() {
                message.clone()
            } else {
                String::new()
            };
            Matter::Coverage(scope.account.clone(), *cause, why)
        }
        EventBody::ResourceChanged { .. } | EventBody::FindingChanged { .. } => Matter::Event(delivery.event.id),
    }
}
