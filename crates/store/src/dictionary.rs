//! How revision bodies are compressed: zstd with a dictionary trained on this deployment's own documents.

use std::sync::Arc;

use security_monkey_model::Timestamp;

use crate::body::Dictionary;
use crate::db::{Builder, Statement, statements};
use crate::{Result, Store, StoreError};

statements! {
    COUNT = "select count(*) as number, coalesce(max(resource), 0) as highest from current_document";
    SAMPLE = "select body from current_document where resource % $1 = 0 order by resource limit $2";
    NEXT = "select coalesce(max(id), 0) + 1 as id from dictionary";
    PUT = "insert into dictionary (id, created_at, body) values ($1, $2, $3)";
    NEWEST = "select coalesce(max(id), 0) as id from dictionary";
}

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

/// With fewer documents a dictionary learns single resources, not their kinds.
pub(crate) const WANTED: usize = 2_000;
/// More samples take longer and gain nothing: zstd's own advice is a hundred times the dictionary's size.
const MOST_SAMPLES: i64 = 6_000;
/// zstd's usual size; measured with it.
const DICTIONARY_BYTES: usize = 64 * 1024;

impl Store {
    /// Trains a dictionary on current documents and uses it from now on. Worth it at 2,000 resources, and again when the estate has
    /// changed much; without one, revisions take about three times the space.
    pub async fn train_dictionary(&self, at: Timestamp) -> Result<Training> {
        let row = self.db.fetch_optional(Statement::of(COUNT)).await?;
        let (found, highest) = match row {
            Some(row) => (row.count("number")?, row.integer("highest")?),
            None => (0, 0),
        };
        let found = usize::try_from(found).unwrap_or(usize::MAX);
        if found < WANTED {
            return Ok(Training::TooFewDocuments { found, wanted: WANTED });
        }
        // Every nth document: neighbours are of one scan, and alike.
        let step = (highest / MOST_SAMPLES).max(1);
        let rows = self
            .db
            .fetch(Statement::of(SAMPLE).bind(step).bind(MOST_SAMPLES))
            .await?;
        let samples = rows.iter().map(|row| row.text("body")).collect::<Result<Vec<_>>>()?;
        let count = samples.len();
        let trained =
            crate::off_the_async_threads(move || zstd::dict::from_samples(&samples, DICTIONARY_BYTES)).await?;
        let bytes = trained.map_err(|source| StoreError::Driver { source: source.into() })?;
        let mut transaction = self.db.begin().await?;
        let number = transaction.fetch_one(Statement::of(NEXT)).await?.integer("id")?;
        transaction
            .execute(Statement::of(PUT).bind(number).bind(at).bind(bytes.clone()))
            .await?;
        transaction.commit().await?;
        self.bodies.put(number, &bytes);
        Ok(Training::Trained {
            dictionary: number,
            samples: count,
        })
    }

    /// The dictionary to compress with now, if any.
    pub(crate) async fn newest_dictionary(&self) -> Result<Option<Arc<Dictionary>>> {
        let row = self.db.fetch_optional(Statement::of(NEWEST)).await?;
        let number = row.map_or(Ok(0), |row| row.integer("id"))?;
        self.dictionary(number).await
    }

    /// A dictionary by number; 0: none.
    pub(crate) async fn dictionary(&self, number: i64) -> Result<Option<Arc<Dictionary>>> {
        if number == 0 {
            return Ok(None);
        }
        if let Some(known) = self.bodies.get(number) {
            return Ok(Some(known));
        }
        let mut query = Builder::new("select body from dictionary where id = ");
        query.value(number);
        match self.db.fetch_optional(query.build()).await? {
            Some(row) => Ok(Some(self.bodies.put(number, &row.bytes("body")?))),
            None => Err(StoreError::Corrupt(format!("dictionary {number} is missing"))),
        }
    }
}
