//! Opening a database.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::body::Bodies;
use crate::db::{Db, Pools};
use crate::error::spoken;
use crate::{ConnectError, Missing, Store, StoreError, StoreOptions};

/// Larger than SQLite's default of 4,096, which would waste half of each page on documents of 2 KB; takes effect in a new file only.
const PAGE_BYTES: u32 = 8_192;

/// Bulk inserts come in a dozen tables and as many sizes; the drivers' 100 would have them prepared again and again.
const CACHED_STATEMENTS: usize = 256;

impl Store {
    /// Opens a database: `sqlite:path/to/file.db`, `sqlite::memory:` or `postgres://user@host/database`. Creates an SQLite
    /// file that is missing, unless the options refuse it; never a PostgreSQL database; and migrates neither.
    ///
    /// # Errors
    /// [`ConnectError`] says what, where and what to do; a database of a newer schema is refused here.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, ConnectError> {
        let name = without_password(url);
        let unreachable = |source: sqlx::Error| ConnectError::Unreachable {
            url: name.clone(),
            source: spoken(source),
        };
        let pools = match place(url) {
            Some(Place::Server) => open_postgres(url, &options).await.map_err(unreachable)?,
            Some(Place::File(path)) => {
                match options.missing {
                    Missing::Create => {
                        create_private(path).map_err(|error| ConnectError::Unreachable {
                            url: name.clone(),
                            source: error.into(),
                        })?;
                    }
                    // One that cannot be looked at cannot be opened either, and that says why.
                    Missing::Refuse if matches!(path.try_exists(), Ok(false)) => {
                        let path = path.to_path_buf();
                        return Err(ConnectError::Missing { path });
                    }
                    Missing::Refuse => {}
                }
                open_sqlite(Some(path), &options).await.map_err(unreachable)?
            }
            Some(Place::Memory) => open_sqlite(None, &options).await.map_err(unreachable)?,
            None => return Err(ConnectError::InvalidUrl { url: name }),
        };
        let store = Self {
            db: Db {
                pools,
                name: Arc::from(name.as_str()),
            },
            bodies: Arc::new(Bodies::default()),
        };
        let status = store.schema_status().await.map_err(|error| ConnectError::Unreachable {
            url: name.clone(),
            source: error.into(),
        })?;
        if status.found > status.known {
            return Err(ConnectError::NewerSchema {
                url: name,
                found: status.found,
                known: status.known,
            });
        }
        Ok(store)
    }

    /// Closes all connections after the operations under way. SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        match &self.db.pools {
            Pools::Postgres(pool) => pool.close().await,
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.schema_status().await.map(|_| ())
    }

    /// The database's URL without a password, for messages.
    pub fn name(&self) -> &str {
        &self.db.name
    }
}

/// Whether this names a database of a kind we know.
pub fn is_database_url(url: &str) -> bool {
    place(url).is_some()
}

/// Where a database is.
enum Place<'u> {
    Server,
    File(&'u Path),
    Memory,
}

fn place(url: &str) -> Option<Place<'_>> {
    let after = |scheme: &str| url.strip_prefix(scheme).filter(|rest| !rest.is_empty());
    if after("postgres://").or_else(|| after("postgresql://")).is_some() {
        return Some(Place::Server);
    }
    let path = after("sqlite:")?;
    match path.strip_prefix("//").unwrap_or(path) {
        "" => None,
        ":memory:" => Some(Place::Memory),
        path => Some(Place::File(Path::new(path))),
    }
}

async fn open_postgres(url: &str, options: &StoreOptions) -> Result<Pools, sqlx::Error> {
    let connect = PgConnectOptions::from_str(url)?
        .application_name("security-monkey")
        .statement_cache_capacity(CACHED_STATEMENTS)
        .disable_statement_logging();
    // The pool would try again and again until it has waited long enough; a wrong address is to be said at once.
    connect.connect().await?.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(options.wait)
        .connect_with(connect)
        .await?;
    Ok(Pools::Postgres(pool))
}

async fn open_sqlite(path: Option<&Path>, options: &StoreOptions) -> Result<Pools, sqlx::Error> {
    let is_in_memory = path.is_none();
    let base = match path {
        None => SqliteConnectOptions::new().in_memory(true),
        Some(path) => SqliteConnectOptions::new().filename(path),
    };
    let mut connect = base
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        // Not NORMAL: that may lose the last commits when the power goes, and a justification is not observed again.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.wait)
        .statement_cache_capacity(CACHED_STATEMENTS)
        .pragma("cache_size", "-16000")
        .disable_statement_logging();
    if let Some(most) = options.most_bytes {
        connect = connect.pragma("max_page_count", (most / u64::from(PAGE_BYTES)).max(1).to_string());
    }
    let pool = |most: u32| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .acquire_timeout(options.wait)
            // A connection to memory is the database itself.
            .idle_timeout((!is_in_memory).then_some(Duration::from_mins(5)))
            .max_lifetime(None)
            // SQLite itself undoes a commit that finds the disk full. The driver's own rollback is refused then, it counts the
            // transaction as open for ever, and every later one fails: such a connection is not given out again.
            .after_release(move |connection, _| {
                Box::pin(async move {
                    if is_in_memory || !connection.is_in_transaction() {
                        return Ok(true);
                    }
                    // An ordinary rollback may still be on its way.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
    };
    let writer = pool(1).connect_with(connect.clone()).await?;
    let readers = if is_in_memory {
        writer.clone()
    } else {
        pool(options.connections.max(1))
            .connect_with(connect.pragma("query_only", "on").pragma("cache_size", "-2000"))
            .await?
    };
    Ok(Pools::Sqlite { writer, readers })
}

/// Creates the file, if it is missing, and the folders above it. Only its owner reads it: it holds the configuration of every account.
/// SQLite gives its log the same rights.
fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A URL as it may be shown: `postgres://user:secret@host/db` without `:secret`, and without a `password` parameter.
///
/// People paste passwords as they are: with `/`, `?`, `#` or `@`, which a URL would want escaped. Such a URL is refused, but the refusal shows
/// it. So everything up to the last `@` is taken for user and password.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // No URL, perhaps a misspelt one: `postgres:/user:secret@host/db`.
        return match url.rsplit_once('@') {
            Some((_, host)) => format!("…@{host}"),
            None => url.to_owned(),
        };
    };
    let question = rest.match_indices('?').map(|(at, _)| at);
    let (place, query) = match question.into_iter().find(|at| is_query(&rest[at + 1..])) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    let place = match place.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => place.to_owned(),
    };
    // What is no pair may be the rest of a password with `&`.
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| pair.contains('=') && !pair.starts_with("password="))
        .collect();
    if kept.is_empty() {
        format!("{scheme}://{place}")
    } else {
        format!("{scheme}://{place}?{}", kept.join("&"))
    }
}

/// Whether this follows the `?` of a URL, and is no part of a password: parameters of PostgreSQL, `name=value`, with `&` between them.
fn is_query(text: &str) -> bool {
    let is_known = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        QUERY_PARAMETERS.contains(&name)
    };
    !text.contains('@') || text.split('&').all(is_known)
}

/// Those whose values may hold `@` (`user=monkey@server`); all others never do.
const QUERY_PARAMETERS: [&str; 7] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "user",
];

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://sm:hunter2@db:5432/sm", "postgres://sm@db:5432/sm"),
            (
                "postgres://sm:a@b@db/sm?sslmode=require",
                "postgres://sm@db/sm?sslmode=require",
            ),
            ("postgres://db/sm?password=hunter2&user=sm", "postgres://db/sm?user=sm"),
            ("postgres://db/sm?password=hunter2", "postgres://db/sm"),
            ("sqlite:security-monkey.db", "sqlite:security-monkey.db"),
            ("postgres://sm:hun/ter2@db/sm", "postgres://sm@db/sm"),
            (
                "postgres://sm:hun?ter2@db/sm?sslmode=require",
                "postgres://sm@db/sm?sslmode=require",
            ),
            ("postgres://sm:hun#ter2@db/sm", "postgres://sm@db/sm"),
            ("postgres://sm:a@b/hunter2@db:5432/sm", "postgres://sm@db:5432/sm"),
            ("postgres://sm:hun?te=r2@db/sm", "postgres://sm@db/sm"),
            ("postgres://db/sm?password=hun&ter2", "postgres://db/sm"),
            ("postgres:/sm:hunter2@db/sm", "…@db/sm"),
            ("postgre:sm:hun@ter2@db/sm", "…@db/sm"),
            (
                "postgres://db:5432/sm?host=/run/x&user=sm@server",
                "postgres://db:5432/sm?host=/run/x&user=sm@server",
            ),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
