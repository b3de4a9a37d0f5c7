//! The seam to the outside: one message to one target.

use std::time::Duration;

use futures::future::BoxFuture;

use crate::message::Message;

/// Where a subscription sends: an address of the channel and the channel's own settings for it.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The address in the channel's own form: `someone@example.com`, `https://example.com/hook`.
    pub address: &'a str,
    /// Settings of the subscription (a webhook's secret); an object or null.
    pub settings: &'a serde_json::Value,
}

/// A message that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The same delivery may succeed later: a server that is down, overloaded or set up wrongly.
    #[error("{message}")]
    Temporary {
        /// What happened, where, and what to do; no secrets.
        message: String,
        /// How long the receiver asked us to wait.
        after: Option<Duration>,
    },
    /// The same delivery will never succeed: the target itself is refused.
    #[error("{message}")]
    Permanent {
        /// What happened, where, and what to do; no secrets.
        message: String,
    },
}

impl DeliveryError {
    /// A failure worth another attempt, at a time of our own choice.
    pub fn temporary(message: impl Into<String>) -> Self {
        Self::Temporary {
            message: message.into(),
            after: None,
        }
    }

    /// A failure that no attempt will mend.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::Permanent {
            message: message.into(),
        }
    }

    /// Whether another attempt makes sense.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }
}

/// The target of a subscription that a channel cannot send to, found when the subscription is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{address}' is no target of channel {channel}: {reason}")]
pub struct InvalidTarget {
    /// The channel.
    pub channel: &'static str,
    /// The address as given, shortened to 200 characters.
    pub address: String,
    /// What is wrong, and what to write instead.
    pub reason: String,
}

impl InvalidTarget {
    pub(crate) fn new(channel: &'static str, address: &str, reason: impl Into<String>) -> Self {
        Self {
            channel,
            address: address.chars().take(200).collect(),
            reason: reason.into(),
        }
    }
}

/// Who reads what a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// People: many events at once come as one message.
    People,
    /// Programs: every event comes by itself.
    Programs,
}

/// A way for messages to travel.
///
/// To add a channel:
/// 1. A module with a settings type (serde, `deny_unknown_fields`, a JSON Schema) and a type that implements this trait.
///    The HTTP client, clock and certificates come in through its constructor.
/// 2. [`Channel::name`] is the text that subscriptions store: short, lower case, never reused. [`Channel::audience`] says whether many events may come as one message.
/// 3. [`Channel::check`] refuses what can never work, without any I/O, with a reason that says what to write instead.
/// 4. [`Channel::send`] delivers once or fails. It bounds its own time (a minute at most), never retries (the engine does, with
///    back-off and across restarts), carries [`Message::id`] so that a receiver recognises a repetition, and sorts every failure
///    into [`DeliveryError::Temporary`] or [`DeliveryError::Permanent`]. When in doubt a failure is temporary.
/// 5. Tests against a real server: accepted, refused for now, refused for ever, no answer.
/// 6. The composition (`cli`) hands it to the engine.
pub trait Channel: Send + Sync {
    /// The channel's name in subscriptions: `smtp`, `webhook`.
    fn name(&self) -> &'static str;

    /// Who reads what it carries.
    fn audience(&self) -> Audience;

    /// Whether this target can be sent to at all.
    fn check(&self, target: Target<'_>) -> Result<(), InvalidTarget>;

    /// Sends one message to one target.
    fn send<'a>(&'a self, message: &'a Message, target: Target<'a>) -> BoxFuture<'a, Result<(), DeliveryError>>;
}
