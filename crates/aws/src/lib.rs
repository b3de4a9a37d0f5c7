//! Model-driven AWS client: AWS's API as a table, wire codecs, endpoints, credentials, limits, record and replay.
//!
//! The API table ([`models`]) is generated from botocore's published data and holds only reviewed operations:
//! what is not in it cannot be called. [`wire`] turns parameters into HTTP requests and HTTP responses into JSON without
//! any I/O; [`endpoint`] says which host and signing region a service has.

mod api;
pub mod endpoint;
mod error;
pub mod models;
mod page;
pub mod wire;

pub use api::{Api, Call, Response, Scope};
pub use error::{AwsError, ErrorKind};
pub use page::pages;
