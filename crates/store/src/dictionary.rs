//! How revision bodies are compressed: zstd with a dictionary trained on this deployment's own documents.

use security_monkey_model::Timestamp;

use crate::{Result, Store, StoreError};

/// What training a dictionary did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Training {
    /// A new dictionary is in use for revisions from now on; old ones keep theirs.
    Trained {
        /// Its number.
        dictionary: i64,
        /// Documents it was trained on.
        samples: usize,
    },
    /// There are fewer documents than training wants.
    TooFewDocuments {
        /// How many there are.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
}

impl Store {
    /// Trains a dictionary on current documents and uses it from now on. Worth it at 2,000 resources, and again when the estate has
    /// changed much; without one, revisions take about three times the space.
    pub async fn train_dictionary(&self, at: Timestamp) -> Result<Training> {
        let _ = at;
        Err(StoreError::NotYet)
    }
}
