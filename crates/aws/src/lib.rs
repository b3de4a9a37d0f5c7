//! Model-driven AWS client: AWS's API as a table, wire codecs, endpoints, credentials, limits, record and replay.
//!
//! The API table ([`models`]) is generated from botocore's published data and holds only reviewed operations:
//! what is not in it cannot be called. [`wire`] turns parameters into HTTP requests and HTTP responses into JSON without
//! any I/O; [`endpoint`] says which host and signing region a service has.

mod api;
mod client;
pub mod endpoint;
mod error;
mod http;
mod identity;
mod limit;
pub mod models;
mod options;
mod page;
mod profile;
mod record;
mod session;
mod transport;
pub mod wire;

pub use api::{Api, Call, Response, Scope};
pub use client::{CallerIdentity, Client};
pub use error::{AwsError, ErrorKind};
pub use http::StaticResolver;
pub use limit::{Limit, Limits};
pub use options::{Options, Retries, SessionError, Timeouts};
pub use page::pages;
pub use record::{Cassette, CassetteError, Recorder, Replayer};
pub use session::{Role, Session, Target};
