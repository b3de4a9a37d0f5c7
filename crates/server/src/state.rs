//! What every handler gets: the parts the server was composed of, and what it made of them.

use std::sync::Arc;

use security_monkey_engine::Engine;
use security_monkey_model::{Clock, Timestamp};
use security_monkey_store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Catalogue;
use crate::password::PasswordHasher;
use crate::randomness::Randomness;
use crate::settings::ServerSettings;
use crate::throttle::Throttle;

/// Cheap to clone: all clones share the same parts.
#[derive(Debug, Clone)]
pub(crate) struct ServerState {
    parts: Arc<Shared>,
}

/// The parts, shared.
#[derive(Debug)]
pub(crate) struct Shared {
    /// For changes.
    pub(crate) engine: Engine,
    /// For reading.
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) settings: ServerSettings,
    pub(crate) passwords: PasswordHasher,
    pub(crate) throttle: Throttle,
    pub(crate) catalogue: Catalogue,
    /// One verification at a time: it reads the whole database.
    pub(crate) verifying: Semaphore,
    /// Long polls that may wait at the same time.
    pub(crate) waiting: Semaphore,
    /// Long polls end when this is cancelled.
    pub(crate) shutdown: CancellationToken,
    /// `openapi/v1.json`, made once.
    pub(crate) openapi: Arc<str>,
}

impl ServerState {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            parts: Arc::new(shared),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

impl std::ops::Deref for ServerState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.parts
    }
}
