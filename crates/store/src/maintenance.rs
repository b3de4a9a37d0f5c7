//! What is done now and then, whenever the caller likes.

use security_monkey_model::Timestamp;

use crate::{Result, Store, StoreError};

/// What [`Store::maintain`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceReport {
    /// Scans forgotten.
    pub scans: u64,
    /// Events forgotten.
    pub events: u64,
    /// Sessions forgotten.
    pub sessions: u64,
    /// Whether a dictionary was trained.
    pub is_dictionary_trained: bool,
}

impl Store {
    /// Forgets scans and settled events older than 90 days and ended sessions, trains a first dictionary when there are enough documents, and
    /// refreshes the planner's statistics. Call it about once a day. History and decisions are never touched.
    pub async fn maintain(&self, at: Timestamp) -> Result<MaintenanceReport> {
        let _ = at;
        Err(StoreError::NotYet)
    }
}
