//! The REST API and the embedded user interface: wire types, sessions, roles, CSRF, problem details, OpenAPI.
//!
//! Owns: how people and programs reach the rest by HTTP, who they are, and what they may do. Reads through `store`, changes
//! through `engine`; opens no transaction and knows no rule, no AWS and no SQL. TLS ends in front of it.
//!
//! One operation is one file below `operations/`; its declaration there is the only source of its route, its guard, its
//! entry in `openapi/v1.json` and its place in the authorisation test.

mod catalogue;
mod client_address;
mod csv;
mod extract;
mod failure;
mod frame;
mod guard;
pub mod made_user;
pub mod openapi;
mod operation;
mod operations;
pub mod password;
pub mod problem;
pub mod randomness;
mod router;
mod session;
pub mod settings;
mod state;
mod throttle;
mod ui;
pub mod wire;

pub use operation::{Access, Operation, Patience};
pub use operations::all as operations;
pub use router::{ServerParts, StartError, router, serve};
pub use settings::{PublicUrl, ServerSettings, Watching};
