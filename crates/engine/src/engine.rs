//! The engine and its parts.

use std::fmt;
use std::sync::Arc;

use security_monkey_auditor::{Auditor, RuleSet};
use security_monkey_model::{Clock, Timestamp};
use security_monkey_notifier::Channel;
use security_monkey_store::Store;
use security_monkey_watcher::Technologies;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clients::AccountClients;
use crate::error::EngineError;
use crate::report::{Progress, ScanReport, Selection};
use crate::settings::EngineSettings;

/// What an engine is composed of. The composition (`cli`, or a test) picks each.
pub struct EngineParts {
    /// The history; migrated.
    pub store: Store,
    /// What can be watched.
    pub technologies: Arc<Technologies>,
    /// The rules, ready to be evaluated.
    pub auditor: Arc<Auditor>,
    /// Who answers AWS calls.
    pub clients: Arc<dyn AccountClients>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// How messages travel.
    pub channels: Vec<Arc<dyn Channel>>,
    /// This process's name in leases; must differ between processes that share a database (host name, process id and a random part).
    pub process: String,
    /// Spreads the times of scans and retries; any number, different per process.
    pub seed: u64,
    /// What the operator set.
    pub settings: EngineSettings,
}

/// Watches, records, audits and notifies. Cheap to clone: all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: EngineParts,
}

impl Engine {
    /// An engine of these parts. Starts nothing.
    pub fn new(parts: EngineParts) -> Self {
        Self {
            inner: Arc::new(Inner { parts }),
        }
    }

    /// The history, for reading. Writes go through the engine's own operations.
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// What can be watched.
    pub fn technologies(&self) -> &Technologies {
        &self.inner.parts.technologies
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.inner.parts.auditor.rules()
    }

    /// What the operator set.
    pub fn settings(&self) -> &EngineSettings {
        &self.inner.parts.settings
    }

    /// The names of the channels that are set up.
    pub fn channels(&self) -> Vec<&'static str> {
        self.inner.parts.channels.iter().map(|channel| channel.name()).collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// Scans a part of the estate once, now, whatever the schedule says; records and audits it, and audits again what depends on it.
    /// Notifications are written into the outbox and sent by [`Engine::run`].
    ///
    /// Cancelling lets the page at hand be recorded and gives up the rest: nothing counts as deleted.
    ///
    /// # Errors
    /// Before anything is scanned: an unknown account or technology in the selection, a store that cannot be read. What goes wrong
    /// later is in the report.
    pub async fn scan_once(
        &self,
        selection: &Selection,
        progress: Option<mpsc::Sender<Progress>>,
        shutdown: CancellationToken,
    ) -> Result<ScanReport, EngineError> {
        let _ = (selection, progress, shutdown);
        Err(EngineError::InvalidRequest("scanning is not built yet".to_owned()))
    }

    /// Keeps scanning what is due, auditing again what time, rules or neighbours have changed, sending what there is to tell, until
    /// `shutdown` is cancelled; then finishes the pages at hand and returns. Failures are logged where they are handled and never end it.
    pub async fn run(&self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
    }

    /// Makes a part of the estate due now in this process's [`Engine::run`]; returns at once.
    ///
    /// # Errors
    /// An unknown account or technology.
    pub async fn request_scan(&self, selection: &Selection) -> Result<(), EngineError> {
        let _ = selection;
        Err(EngineError::InvalidRequest("scanning is not built yet".to_owned()))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("process", &self.inner.parts.process)
            .field("settings", &self.inner.parts.settings)
            .finish_non_exhaustive()
    }
}
