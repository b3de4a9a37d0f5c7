//! Model-driven AWS client: one table of operations, one decoder, every service.
//!
//! (see ARCHITECTURE.md)

mod api;
mod error;
mod page;

pub use api::{Api, Call, Response, Scope};
pub use error::{AwsError, ErrorKind};
pub use page::pages;
