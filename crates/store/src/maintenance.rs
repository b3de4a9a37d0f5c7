//! What is done now and then, whenever the caller likes.

use security_monkey_model::Timestamp;

use crate::dictionary::Training;
use crate::{Result, Store};

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

/// How long scans and settled events are kept.
const KEPT_SECONDS: i64 = 90 * 24 * 3_600;

impl Store {
    /// Forgets scans and settled events older than 90 days and ended sessions, trains a first dictionary when there are enough documents, and
    /// refreshes the planner's statistics. Call it about once a day. History and decisions are never touched.
    pub async fn maintain(&self, at: Timestamp) -> Result<MaintenanceReport> {
        let before = at.plus_seconds(-KEPT_SECONDS);
        let mut report = MaintenanceReport {
            scans: self.prune_scans(before).await?,
            events: self.prune_events(before).await?,
            sessions: self.prune_sessions(at).await?,
            is_dictionary_trained: false,
        };
        if self.newest_dictionary().await?.is_none() {
            report.is_dictionary_trained = matches!(self.train_dictionary(at).await?, Training::Trained { .. });
        }
        self.refresh_statistics().await?;
        Ok(report)
    }

    /// Refreshes the planner's statistics: after a first scan of a large estate, or now and then.
    pub async fn refresh_statistics(&self) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        transaction.script(self.db.dialect().words().analyze.to_owned()).await?;
        transaction.commit().await
    }
}
