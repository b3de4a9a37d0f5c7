//! Repositories on SQLite and PostgreSQL: the authoritative history.
//!
//! Owns: every SQL statement of the project, the schema and its migrations, what is one transaction, the form in which
//! revisions are kept (compressed, hash-chained), and the life of findings. One SQL text serves both engines; what must
//! differ is in [`Store`]'s private `dialect` module. Nothing outside this crate branches on the database.
//!
//! Deliberately does not know: AWS, rules (it takes their evaluations as they are), the order of watch, record, audit and
//! notify (that is the engine's), and people's roles (that is the server's). It takes every instant as a parameter; only
//! leases use the database's clock, because several processes share them.
//!
//! Each module is one repository: its types, and an `impl Store` with its reads and writes.

mod body;
mod chain;
mod connect;
mod db;
mod dialect;
mod search;

pub mod account;
pub mod decision;
pub mod dictionary;
pub mod error;
pub mod finding;
pub mod gap;
pub mod lease;
pub mod maintenance;
pub mod migrate;
pub mod number;
pub mod outbox;
pub mod page;
pub mod record;
pub mod resource;
pub mod revision;
pub mod rule_setting;
pub mod scan;
pub mod subscription;
pub mod summary;
pub mod token;
pub mod user;
pub mod verify;

pub use connect::{is_database_url, without_password};
pub use decision::Author;
pub use error::{ConnectError, StoreError};
pub use number::{
    CommentId, DecisionId, DeliveryId, FindingId, ResourceRow, RevisionId, ScanId, SubscriptionId, TokenId,
};
pub use page::{Cursor, Page, PageOf};

/// What every operation of the store returns.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Most connections to PostgreSQL, or most readers of SQLite (which has one writer besides).
    pub connections: u32,
    /// How long an operation waits for a free connection or a lock before it fails as unavailable.
    pub wait: std::time::Duration,
    /// Whether an SQLite file that is not there is made.
    pub missing: Missing,
    /// SQLite only: the file grows no larger than this; writes that need more fail as [`StoreError::Full`]. None: as the disk allows.
    pub most_bytes: Option<u64>,
}

/// What becomes of a database that is not there. A PostgreSQL database is never made here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    /// Its file is made, and the folders above it.
    #[default]
    Create,
    /// It is an error, and nothing is made: a misspelt name must not read as an empty history.
    Refuse,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            connections: 8,
            wait: std::time::Duration::from_secs(30),
            missing: Missing::Create,
            most_bytes: None,
        }
    }
}

/// The store: cheap to clone, all clones share one pool.
#[derive(Debug, Clone)]
pub struct Store {
    db: db::Db,
    bodies: std::sync::Arc<body::Bodies>,
}

/// Every module's constant statements.
const STATEMENTS: &[&[(&str, db::Sql)]] = &[
    account::STATEMENTS,
    chain::STATEMENTS,
    decision::STATEMENTS,
    dictionary::STATEMENTS,
    finding::STATEMENTS,
    gap::STATEMENTS,
    lease::STATEMENTS,
    migrate::STATEMENTS,
    outbox::STATEMENTS,
    record::STATEMENTS,
    record::batch::STATEMENTS,
    record::deletion::STATEMENTS,
    record::evaluation::STATEMENTS,
    resource::STATEMENTS,
    revision::STATEMENTS,
    rule_setting::STATEMENTS,
    scan::STATEMENTS,
    subscription::STATEMENTS,
    token::STATEMENTS,
    user::STATEMENTS,
    verify::acceptance::STATEMENTS,
    verify::shown::STATEMENTS,
    verify::STATEMENTS,
];

/// Runs work that takes the processor for milliseconds where it holds up nobody's I/O.
async fn off_the_async_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|source| StoreError::Driver { source: source.into() })
}
