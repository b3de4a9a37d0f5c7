//! What can go wrong with what a caller asks of the engine. What goes wrong inside a scan is data: gaps and [`crate::FailedScope`].

use security_monkey_notifier::{DeliveryError, InvalidTarget};
use security_monkey_store::StoreError;

/// An operation of the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed, or refused what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A subscription whose target its channel cannot send to.
    #[error(transparent)]
    InvalidTarget(#[from] InvalidTarget),
    /// A subscription names a channel that is not set up.
    #[error("there is no channel '{name}'; set up are: {known}")]
    UnknownChannel {
        /// The name.
        name: String,
        /// The names there are, comma-separated.
        known: String,
    },
    /// A test message did not arrive.
    #[error("the test message was not delivered: {0}")]
    Delivery(#[from] DeliveryError),
    /// There is no such rule.
    #[error("there is no rule '{0}'")]
    UnknownRule(String),
    /// There is no such technology.
    #[error("there is no technology '{0}'")]
    UnknownTechnology(String),
    /// There is no such account, or it is not watched or switched off.
    #[error("account {0} is not watched: add it with `security-monkey accounts add`, or enable it")]
    NotWatched(String),
    /// The request cannot be right.
    #[error("{0}")]
    InvalidRequest(String),
}
