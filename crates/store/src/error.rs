//! What can go wrong, by what the caller can do about it.

/// A database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is of no kind we know.
    #[error("'{url}' is no database URL: write sqlite:path/to/file.db or postgres://user@host/database")]
    InvalidUrl {
        /// The URL without its password.
        url: String,
    },
    /// The file is not there, and was not to be made.
    #[error(
        "there is no database {}\nhint: name another with --database, or begin one: security-monkey accounts add, then security-monkey scan --record",
        path.display()
    )]
    Missing {
        /// The file.
        path: std::path::PathBuf,
    },
    /// The database did not answer, refused us, or its file cannot be opened.
    #[error("cannot open the database {url}: {source}")]
    Unreachable {
        /// The URL without its password.
        url: String,
        /// What the driver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer Security Monkey has migrated this database.
    #[error(
        "the database {url} has schema {found}, this program knows schemas up to {known}: run the newer program, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// The URL without its password.
        url: String,
        /// The schema of the database.
        found: i64,
        /// The newest schema of this program.
        known: i64,
    },
}

/// An operation of the store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot serve us now: connection lost, all connections busy, deadlock. Nothing was changed; trying the
    /// same again later is right.
    #[error("the database is not available: {source}")]
    Unavailable {
        /// What the driver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk (or the configured size) of the database is full. Nothing was changed.
    #[error("the database {database} is full ({detail}): free space on its disk; nothing recorded was lost")]
    Full {
        /// The database, without its password.
        database: String,
        /// What the driver said.
        detail: String,
    },
    /// The schema is missing or older than this program.
    #[error("the database {database} has not been migrated to this version: run `security-monkey db migrate`")]
    NotMigrated {
        /// The database, without its password.
        database: String,
    },
    /// What was asked does not fit the present state: a name taken twice, a scan finished twice.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else holds the lease under which this was to be written. Nothing was changed; stop this work.
    #[error("the lease '{name}' was lost to another process")]
    LeaseLost {
        /// The lease's name.
        name: String,
    },
    /// The thing to be changed does not exist. Look-ups say `None` instead.
    #[error("there is no {0}")]
    NotFound(String),
    /// The request cannot be right: a tampered cursor, an empty reason.
    #[error("{0}")]
    InvalidRequest(String),
    /// What the database holds cannot be what we wrote. `security-monkey db verify` finds all such places.
    #[error("the database holds inconsistent data: {0}")]
    Corrupt(String),
    /// The statement and the schema do not fit: a defect of ours.
    #[error("the database refused a statement: {source}")]
    Driver {
        /// What the driver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether trying the same again later can succeed.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full { .. })
    }
}

/// What the driver said, for people. It ends PostgreSQL's messages with a line number of PostgreSQL's own source, which reads like one of ours.
pub(crate) fn spoken(error: sqlx::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let message = match &error {
        sqlx::Error::Database(reported) => reported
            .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .map(|reported| reported.message().to_owned()),
        _ => None,
    };
    message.map_or_else(|| error.into(), Into::into)
}

/// Sorts a driver's error by what the caller can do about it.
pub(crate) fn classify(database: &str, error: sqlx::Error) -> StoreError {
    use sqlx::Error;
    let Error::Database(reported) = &error else {
        return match error {
            Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
                StoreError::Unavailable { source: spoken(error) }
            }
            _ => StoreError::Driver { source: spoken(error) },
        };
    };
    let code = reported.code().unwrap_or_default().into_owned();
    let message = reported.message().to_owned();
    // SQLite's primary result code is the low byte of the extended one: https://www.sqlite.org/rescode.html
    let sqlite = reported
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .and_then(|_| code.parse::<i32>().ok())
        .map(|code| code & 0xff);
    // From version 16 on PostgreSQL extends tables by allocating, and calls what is not a lack of space (a quota, a limit on the size of
    // files) an internal error. It names the function in every language.
    let is_not_extended = code == "XX000"
        && reported
            .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .and_then(sqlx::postgres::PgDatabaseError::routine)
            .is_some_and(|routine| ["mdextend", "mdzeroextend"].contains(&routine));
    match (sqlite, code.as_str()) {
        // SQLITE_FULL, disk_full
        (Some(13), _) | (None, "53100") => StoreError::Full {
            database: database.to_owned(),
            detail: message,
        },
        (None, _) if is_not_extended => StoreError::Full {
            database: database.to_owned(),
            detail: message,
        },
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN; serialization_failure, deadlock_detected, lock_not_available
        (Some(5 | 6 | 10 | 14), _) | (None, "40001" | "40P01" | "55P03") => {
            StoreError::Unavailable { source: spoken(error) }
        }
        (Some(_), _) if message.starts_with("no such table") || message.starts_with("no such column") => {
            StoreError::NotMigrated {
                database: database.to_owned(),
            }
        }
        // SQLITE_CORRUPT, SQLITE_NOTADB
        (Some(11 | 26), _) => StoreError::Corrupt(message),
        // undefined_table, undefined_column
        (None, "42P01" | "42703") => StoreError::NotMigrated {
            database: database.to_owned(),
        },
        // connection exceptions, insufficient resources, operator intervention
        (None, code) if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable { source: spoken(error) }
        }
        _ if reported.is_unique_violation() => StoreError::Conflict(format!("it exists already ({message})")),
        _ => StoreError::Driver { source: spoken(error) },
    }
}
