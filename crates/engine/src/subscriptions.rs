//! Who wants to hear of what: checked by the channel when it is written, not when the first message fails.

use std::sync::Arc;

use security_monkey_notifier::{Channel, Message, MessageId, Target};
use security_monkey_store::subscription::SubscriptionSpec;
use security_monkey_store::{Author, StoreError, SubscriptionId};

use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Adds a subscription; it hears of events after this.
    ///
    /// # Errors
    /// A channel that is not set up, a target it cannot send to.
    pub async fn add_subscription(&self, spec: &SubscriptionSpec, by: &Author) -> Result<SubscriptionId, EngineError> {
        self.check_subscription(spec)?;
        Ok(self.store().add_subscription(spec, by, self.now()).await?)
    }

    /// Replaces a subscription.
    ///
    /// # Errors
    /// As [`Engine::add_subscription`].
    pub async fn update_subscription(
        &self,
        id: SubscriptionId,
        spec: &SubscriptionSpec,
        by: &Author,
    ) -> Result<(), EngineError> {
        self.check_subscription(spec)?;
        Ok(self.store().update_subscription(id, spec, by, self.now()).await?)
    }

    /// Removes a subscription with its messages that were not sent.
    pub async fn delete_subscription(&self, id: SubscriptionId, by: &Author) -> Result<(), EngineError> {
        Ok(self.store().delete_subscription(id, by, self.now()).await?)
    }

    /// Sends a test message to a subscription, now, and says whether the receiver took it.
    pub async fn test_subscription(&self, id: SubscriptionId) -> Result<(), EngineError> {
        let subscription = self
            .store()
            .subscription(id)
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("subscription {id}")))?;
        let channel = self.channel(&subscription.spec.channel)?;
        let at = self.now();
        let message = Message::test(
            MessageId {
                deployment: self.inner.deployment.clone(),
                // Events have positive numbers.
                event: 0,
                at,
                subscription: id.0,
            },
            at,
        );
        let target = Target {
            address: &subscription.spec.target,
            settings: &subscription.spec.settings,
        };
        Ok(channel.send(&message, target).await?)
    }

    pub(crate) fn channel(&self, name: &str) -> Result<&Arc<dyn Channel>, EngineError> {
        let channels = &self.inner.parts.channels;
        channels
            .iter()
            .find(|channel| channel.name() == name)
            .ok_or_else(|| EngineError::UnknownChannel {
                name: name.to_owned(),
                known: self.channels().join(", "),
            })
    }

    fn check_subscription(&self, spec: &SubscriptionSpec) -> Result<(), EngineError> {
        let target = Target {
            address: &spec.target,
            settings: &spec.settings,
        };
        Ok(self.channel(&spec.channel)?.check(target)?)
    }
}
