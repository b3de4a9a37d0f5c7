//! A message ready to travel.

use std::fmt;

use security_monkey_model::Timestamp;

use crate::render::Content;

/// Who a message is: the same event for the same subscription of the same deployment has the same id at every attempt, and no other
/// message has it. Numbers begin anew with every database, and again where a backup ends that was restored; hence the deployment, which is
/// different for every database, and the instant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId {
    /// The deployment's own name, a host name as in `Message-ID`: `monkey.example.com`.
    pub deployment: String,
    /// The event's number.
    pub event: i64,
    /// When it happened.
    pub at: Timestamp,
    /// The subscription's number.
    pub subscription: i64,
}

impl fmt::Display for MessageId {
    /// `event-17-1795316400000000.subscription-3@monkey.example.com`: number and microseconds since 1970; also the form of an e-mail's
    /// Message-ID, without its angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "event-{}-{}.subscription-{}@{}",
            self.event,
            self.at.as_micros(),
            self.subscription,
            self.deployment
        )
    }
}

/// A message ready to travel through any channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Recognises a repetition.
    pub id: MessageId,
    /// When the event happened.
    pub at: Timestamp,
    /// What it says to people.
    pub content: Content,
    /// What it says to programs: the event, or `{"kind": "test"}`.
    pub payload: serde_json::Value,
}

impl Message {
    /// A message that shows a person that a subscription works.
    pub fn test(id: MessageId, at: Timestamp) -> Self {
        Self {
            at,
            content: Content {
                subject: "Security Monkey: this subscription works".to_owned(),
                text: format!(
                    "This is a test message from Security Monkey ({}), sent at {at}.\nNothing happened; there is nothing to do.\n",
                    id.deployment
                ),
                html: format!(
                    "<p>This is a test message from Security Monkey ({}), sent at {at}.</p><p>Nothing happened; there is nothing to do.</p>",
                    crate::render::escaped(&id.deployment)
                ),
                thread: None,
                link: None,
            },
            payload: serde_json::json!({"kind": "test"}),
            id,
        }
    }
}
