//! The crate from outside: documents read, requests decided, reach explained, and the analyses held against the
//! reference evaluator.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod applicable;
mod asking;
mod claims;
mod closed;
mod conditions;
mod context;
mod documentation;
mod effective;
mod evaluate;
mod exceptions;
mod excluded;
mod explain;
mod free_variables;
mod grants;
mod known_networks;
mod large;
mod meant;
mod missed;
mod names_of_callers;
mod overlooked;
mod parse;
mod properties;
mod published;
mod reach;
mod reading;
mod regions;
mod shortened;
mod steps;
mod surroundings;
mod unknown_caller;
mod worst;
mod wrapped;
