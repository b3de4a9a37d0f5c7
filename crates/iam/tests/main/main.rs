//! The crate from outside: documents read, requests decided, reach explained, and the analyses held against the
//! reference evaluator.

mod evaluate;
mod parse;
mod properties;
mod reach;
