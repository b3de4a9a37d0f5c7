//! Is this request allowed? A direct, readable evaluator of AWS's evaluation logic.

mod request;

pub use request::{Caller, Context, Request};
