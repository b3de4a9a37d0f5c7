//! The IAM policy language of AWS as a library: read a policy, decide a request, say who can reach a resource
//! and why, what an identity can do, what a change widens, and expand or minimise actions.
//!
//! Layers, each using only those above it:
//! - [`document`], [`parse`]: the typed policy, with places in the source text.
//! - [`pattern`], [`arn`], [`cidr`], [`keys`]: wildcards, names, networks and condition keys.
//! - [`evaluate`]: the reference evaluator. Everything else is tested against it.
//! - [`directory`], [`reach`]: who can reach a resource; [`effective`]: what an identity can do.
//! - [`diff`], [`actions`]: what changed; the published action list.
//! - [`explain`]: the answers put together for one document, and in words.
//!
//! It does no I/O, knows no clock (time is a context key of the request) and depends on no other crate of this
//! project.

pub mod actions;
pub mod arn;
mod bits;
mod bound;
mod choice;
pub mod cidr;
mod claims;
pub mod diff;
pub mod directory;
pub mod document;
pub mod effective;
pub mod escalation;
pub mod evaluate;
mod example;
pub mod explain;
mod json;
pub mod keys;
pub mod parse;
pub mod pattern;
pub mod reach;

pub use directory::AccountDirectory;
pub use document::Policy;
pub use evaluate::Request;
pub use reach::{NormalisedStatement, Reach, ReachContext, ReachFinding, normalise, reach_of_resource_policy};
