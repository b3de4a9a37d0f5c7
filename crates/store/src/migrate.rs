//! The schema: numbered migrations, embedded, each applied once in a transaction of its own.

use security_monkey_model::Timestamp;
use security_monkey_model::document::{Digest, Salt};

use crate::db::{Statement, Transaction, statements};
use crate::dialect::Dialect;
use crate::{Result, Store, StoreError};

/// A migration: its name and its text, of which what follows the number is free.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_first", include_str!("../migrations/0001_first.sql")),
    ("0002_unread", include_str!("../migrations/0002_unread.sql")),
];

/// Kept outside the migrations, because it must exist before the first.
const TABLE: &str = "create table if not exists schema_migration (
    number {integer} not null primary key, name {text} not null, digest {text} not null, applied_at {integer} not null
) {table}";

statements! {
    NEWEST = "select coalesce(max(number), 0) as number from schema_migration";
    APPLIED = "insert into schema_migration (number, name, digest, applied_at) values ($1, $2, $3, $4)";
    FIRST_DEPLOYMENT = "insert into deployment (id, salt, created_at) values (1, $1, $2)";
    FIRST_HEAD = "insert into chain_head (id, seq, hash) values (1, 0, $1)";
    SALT = "select salt from deployment where id = 1";
}

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
        self.migrate_up_to(i64::MAX, fresh_salt, at).await
    }

    /// As [`Store::migrate`], but no further than schema `newest`. For tests: how a database of an earlier release looked.
    #[doc(hidden)]
    pub async fn migrate_up_to(&self, newest: i64, fresh_salt: [u8; 32], at: Timestamp) -> Result<MigrationReport> {
        let from = self.schema_status().await?.found;
        let mut applied = Vec::new();
        for (number, (name, text)) in (1_i64..).zip(MIGRATIONS) {
            if number <= from || number > newest {
                continue;
            }
            let mut transaction = self.db.begin().await?;
            lock(&mut transaction, self.db.dialect()).await?;
            let applied_by_others = transaction.fetch_one(Statement::of(NEWEST)).await?.integer("number")?;
            if applied_by_others >= number {
                continue;
            }
            transaction.script(self.db.dialect().translate(text)).await?;
            if number == 1 {
                transaction
                    .script(self.db.dialect().words().own_tables.to_owned())
                    .await?;
                let salt = Statement::of(FIRST_DEPLOYMENT).bind(fresh_salt.to_vec()).bind(at);
                transaction.execute(salt).await?;
                let head = Statement::of(FIRST_HEAD).bind(&Digest::of(b"security-monkey"));
                transaction.execute(head).await?;
            }
            let row = Statement::of(APPLIED)
                .bind(number)
                .bind(*name)
                .bind(Digest::of(text.as_bytes()).to_string())
                .bind(at);
            transaction.execute(row).await?;
            transaction.commit().await?;
            applied.push((*name).to_owned());
        }
        let to = self.schema_status().await?.found;
        Ok(MigrationReport { from, to, applied })
    }

    /// Which schema the database has.
    pub async fn schema_status(&self) -> Result<SchemaStatus> {
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        let has_schema = Statement::of(self.db.dialect().words().has_schema);
        let tables = self.db.fetch_optional(has_schema).await?;
        let found = match tables {
            Some(row) if row.is_true("tables")? => {
                let newest = self.db.fetch_optional(Statement::of(NEWEST)).await?;
                newest.map_or(Ok(0), |row| row.integer("number"))?
            }
            _ => 0,
        };
        Ok(SchemaStatus { found, known })
    }

    /// The deployment's salt for secret digests.
    pub async fn salt(&self) -> Result<Salt> {
        let row = self.db.fetch_optional(Statement::of(SALT)).await?;
        let row = row.ok_or_else(|| StoreError::NotMigrated {
            database: self.name().to_owned(),
        })?;
        Ok(Salt::new(row.bytes("salt")?))
    }

    /// Prepares every constant statement, and says how many there are. For tests: a statement that one engine refuses is found without running it.
    #[doc(hidden)]
    pub async fn prepare_every_statement(&self) -> Result<usize> {
        let words = self.db.dialect().words();
        let mut all = vec![
            ("acquire_lease", words.acquire_lease),
            ("renew_lease", words.renew_lease),
            ("has_schema", words.has_schema),
        ];
        for statements in crate::STATEMENTS {
            all.extend_from_slice(statements);
        }
        for (name, sql) in &all {
            self.db
                .prepare(sql.0)
                .await
                .map_err(|error| StoreError::InvalidRequest(format!("{name}: {error:?}")))?;
        }
        Ok(all.len())
    }
}

/// Makes the table of migrations, and lets one process at a time go on.
async fn lock(transaction: &mut Transaction, dialect: Dialect) -> Result<()> {
    match dialect {
        // Any number will do that nobody else uses.
        Dialect::Postgres => {
            transaction
                .script("select pg_advisory_xact_lock(7371736368656461)".to_owned())
                .await?;
        }
        Dialect::Sqlite => {}
    }
    transaction.script(dialect.translate(TABLE)).await
}
