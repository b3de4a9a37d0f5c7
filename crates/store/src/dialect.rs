//! What must differ between the engines, and nothing else.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::db::Sql;
use crate::search::MORE;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

/// The words that a migration's text has in curly braces, and a few statements on the database's clock.
pub(crate) struct Words {
    /// The type of a number given out by the database: increasing, never used twice.
    pub(crate) number: &'static str,
    /// The type of whole numbers of 64 bits.
    pub(crate) integer: &'static str,
    /// The type of texts, compared byte by byte.
    pub(crate) text: &'static str,
    /// The type of bytes.
    pub(crate) bytes: &'static str,
    /// After the closing parenthesis of a table.
    pub(crate) table: &'static str,
    /// After the closing parenthesis of a table that is stored in the order of its key.
    pub(crate) keyed: &'static str,
    /// What is run after migration 1: the table of words, and what tunes the engine.
    pub(crate) own_tables: &'static str,
    /// A condition on `resource.id` that the words hold one with a prefix; the parameter comes between the two. See [`Dialect::prefix`].
    pub(crate) has_word: [&'static str; 2],
    /// See [`crate::lease`].
    pub(crate) acquire_lease: Sql,
    /// See [`crate::lease`].
    pub(crate) renew_lease: Sql,
    /// Whether a table of ours exists.
    pub(crate) has_schema: Sql,
    /// After a select of rows that are about to be changed: holds them until the transaction ends.
    pub(crate) for_update: &'static str,
    /// After a select of rows to be claimed: leave alone what another process is claiming.
    pub(crate) skip_locked: &'static str,
    /// Refreshes the planner's statistics.
    pub(crate) analyze: &'static str,
}

impl Dialect {
    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::Postgres => &postgres::WORDS,
            Self::Sqlite => &sqlite::WORDS,
        }
    }

    /// A prefix, encoded by [`crate::search`], as the engine's word search wants it: documents with more words than are kept have it too.
    pub(crate) fn prefix(self, encoded: &str) -> String {
        match self {
            Self::Postgres => format!("'{encoded}':* | '{MORE}'"),
            Self::Sqlite => format!("\"{encoded}\" * OR \"{MORE}\""),
        }
    }

    /// The migration's text for this engine.
    pub(crate) fn translate(self, migration: &str) -> String {
        let words = self.words();
        migration
            .replace("{number}", words.number)
            .replace("{integer}", words.integer)
            .replace("{text}", words.text)
            .replace("{bytes}", words.bytes)
            .replace("{table}", words.table)
            .replace("{keyed}", words.keyed)
    }
}
