//! Configuration: one TOML file, then environment variables, then flags; each overrides the one before.
//!
//! Owns the shape ([`Config`], projected to `schemas/config.json`), the reading with file, line and hint
//! ([`load`]), and the defaults. What an operator may change without a restart (accounts, users, subscriptions) is data in
//! the store, not configuration.

mod duration;
mod known;
mod load;
mod meaning;
mod shape;

pub(crate) use duration::Interval;
pub(crate) use known::{Network, Organisation};
pub(crate) use load::{ConfigSource, load};
pub(crate) use meaning::mistakes;
pub(crate) use shape::{Config, LogFormat, Smtp};

#[cfg(test)]
mod tests;
