//! The schema: numbered migrations, embedded, each applied once in a transaction of its own.

use security_monkey_model::Timestamp;
use security_monkey_model::document::Salt;

use crate::{Result, Store, StoreError};

/// How the database's schema stands to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaStatus {
    /// The newest migration applied; 0: an empty database.
    pub found: i64,
    /// The newest migration of this program.
    pub known: i64,
}

impl SchemaStatus {
    /// Whether the store can be used as it is.
    pub const fn is_current(self) -> bool {
        self.found == self.known
    }
}

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The schema before.
    pub from: i64,
    /// The schema now.
    pub to: i64,
    /// The names of the migrations applied now, in order.
    pub applied: Vec<String>,
}

impl Store {
    /// Brings the schema to this program's version; several processes may call it at once. The first migration keeps
    /// `fresh_salt` (32 random bytes) as the deployment's salt; later calls ignore theirs.
    pub async fn migrate(&self, fresh_salt: [u8; 32], at: Timestamp) -> Result<MigrationReport> {
        let _ = (fresh_salt, at);
        Err(StoreError::NotYet)
    }

    /// Which schema the database has.
    pub async fn schema_status(&self) -> Result<SchemaStatus> {
        Err(StoreError::NotYet)
    }

    /// The deployment's salt for secret digests.
    pub async fn salt(&self) -> Result<Salt> {
        Err(StoreError::NotYet)
    }
}
