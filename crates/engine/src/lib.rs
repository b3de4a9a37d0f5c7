//! Watch, record, audit, notify: the only place that knows the order.
//!
//! Owns: which scopes are due and who scans them ([`Engine::run`]), one scan from AWS's answer to the recorded finding
//! ([`Engine::scan_once`]), when something is audited again, the sending of notifications, and every write that a person asks
//! for (accounts, decisions, people, subscriptions).
//!
//! Deliberately does not know: SQL, AWS's wire, Rego, any technology or rule by name, who may do what (the server checks roles),
//! and where the clock, the randomness, the clients and the channels come from: they are handed in ([`EngineParts`]).

mod accounts;
mod ahead;
mod audit;
mod clients;
mod decisions;
mod engine;
mod error;
mod house;
mod jitter;
mod knowledge;
mod lease;
mod notify;
mod people;
mod plan;
mod report;
mod scan;
mod schedule;
mod settings;
mod shapes;
mod subscriptions;

pub use clients::{AccountClients, ClientError, SessionClients};
pub use engine::{Engine, EngineParts, RuleLoading};
pub use error::EngineError;
pub use house::{AT_ODDS, HouseReport};
pub use notify::DispatchReport;
pub use report::{FailedScope, Progress, ScanReport, ScopeReport, Selection};
pub use settings::EngineSettings;
pub use shapes::TechnologyShapes;
