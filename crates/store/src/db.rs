//! The two pools behind one set of operations: statements in, rows out.
//!
//! Everything above speaks in [`Statement`]s, whose SQL is either a constant or put together from constants by
//! [`Builder`]; values only ever travel as parameters. This is the one place that tells sqlx that a text is safe SQL.

mod row;
mod statement;

use std::sync::Arc;

use futures::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgPool};
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _, Postgres, SqlSafeStr as _, Sqlite};

pub(crate) use row::Row;
pub(crate) use statement::{Builder, Param, Sql, Statement, containing, statements};

use crate::dialect::Dialect;
use crate::{Result, StoreError};

/// The pools.
#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Postgres(PgPool),
    Sqlite {
        /// One connection: SQLite has one writer at a time, so they queue here instead of failing there.
        writer: SqlitePool,
        readers: SqlitePool,
    },
}

/// A database and its name for messages, without a password.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pub(crate) pools: Pools,
    pub(crate) name: Arc<str>,
}

impl Db {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Postgres(_) => Dialect::Postgres,
            Pools::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// Reads outside a transaction.
    pub(crate) async fn fetch(&self, statement: Statement) -> Result<Vec<Row>> {
        let (sql, params) = statement.into_parts(self.dialect());
        let sql = AssertSqlSafe(sql);
        match &self.pools {
            Pools::Postgres(pool) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                let rows = query.fetch_all(pool).await.map_err(|error| self.error(error))?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            Pools::Sqlite { readers, .. } => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                let rows = query.fetch_all(readers).await.map_err(|error| self.error(error))?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
        }
    }

    /// Reads at most one row outside a transaction.
    pub(crate) async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.fetch(statement).await?.into_iter().next())
    }

    /// Begins a transaction that writes. Dropped without [`Transaction::commit`], it changes nothing.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let inner = match &self.pools {
            Pools::Postgres(pool) => TransactionOf::Postgres(pool.begin().await.map_err(|error| self.error(error))?),
            // A deferred transaction that turns into a writing one fails at once when another process writes; an immediate one waits.
            Pools::Sqlite { writer, .. } => TransactionOf::Sqlite(
                writer
                    .begin_with("begin immediate")
                    .await
                    .map_err(|error| self.error(error))?,
            ),
        };
        Ok(Transaction {
            inner,
            db: self.clone(),
        })
    }

    /// Begins a transaction that only reads, and sees the database as it stands at its first statement, whatever others write.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        let inner = match &self.pools {
            Pools::Postgres(pool) => TransactionOf::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await
                    .map_err(|error| self.error(error))?,
            ),
            Pools::Sqlite { readers, .. } => {
                TransactionOf::Sqlite(readers.begin().await.map_err(|error| self.error(error))?)
            }
        };
        Ok(Transaction {
            inner,
            db: self.clone(),
        })
    }

    /// Runs one writing statement in a transaction of its own; says how many rows it changed.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let changed = transaction.execute(statement).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Checks that the engine accepts the statement.
    pub(crate) async fn prepare(&self, sql: &'static str) -> Result<()> {
        let sql = sql.into_sql_str();
        match &self.pools {
            Pools::Postgres(pool) => pool.prepare(sql).await.map(|_| ()),
            Pools::Sqlite { writer, .. } => writer.prepare(sql).await.map(|_| ()),
        }
        .map_err(|error| self.error(error))
    }

    pub(crate) fn error(&self, error: sqlx::Error) -> StoreError {
        crate::error::classify(&self.name, error)
    }
}

/// A transaction on either engine.
pub(crate) struct Transaction {
    inner: TransactionOf,
    db: Db,
}

enum TransactionOf {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

impl Transaction {
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64> {
        let (sql, params) = statement.into_parts(self.db.dialect());
        let sql = AssertSqlSafe(sql);
        match &mut self.inner {
            TransactionOf::Postgres(transaction) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                query.execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
            TransactionOf::Sqlite(transaction) => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                query.execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|error| self.db.error(error))
    }

    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>> {
        let (sql, params) = statement.into_parts(self.db.dialect());
        let sql = AssertSqlSafe(sql);
        match &mut self.inner {
            TransactionOf::Postgres(transaction) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                let rows = query.fetch_all(&mut **transaction).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
            TransactionOf::Sqlite(transaction) => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                let rows = query.fetch_all(&mut **transaction).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
        }
        .map_err(|error| self.db.error(error))
    }

    /// Reads rows one by one: for results as long as the estate, which must not be in memory at once.
    pub(crate) async fn fetch_each(
        &mut self,
        statement: Statement,
        mut each: impl FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        let (sql, params) = statement.into_parts(self.db.dialect());
        let (sql, db) = (AssertSqlSafe(sql), &self.db);
        match &mut self.inner {
            TransactionOf::Postgres(transaction) => {
                let mut rows = sqlx::query_with(sql, postgres_arguments(params)?).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(|error| db.error(error))? {
                    each(&Row::Postgres(row))?;
                }
            }
            TransactionOf::Sqlite(transaction) => {
                let mut rows = sqlx::query_with(sql, sqlite_arguments(params)?).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(|error| db.error(error))? {
                    each(&Row::Sqlite(row))?;
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn fetch_optional(&mut self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.fetch(statement).await?.into_iter().next())
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn fetch_one(&mut self, statement: Statement) -> Result<Row> {
        self.fetch_optional(statement)
            .await?
            .ok_or_else(|| StoreError::Corrupt("a row that is always there is missing".to_owned()))
    }

    /// What ends a select of rows that this transaction is about to change.
    pub(crate) const fn for_update(&self) -> &'static str {
        self.db.dialect().words().for_update
    }

    /// Holds these resources until the transaction ends. Every transaction that changes resources or their findings begins with this, and
    /// in the same order, so that two of them never wait for each other.
    pub(crate) async fn hold_resources(&mut self, resources: impl FnOnce(&mut Builder)) -> Result<()> {
        if self.for_update().is_empty() {
            return Ok(());
        }
        let mut query = Builder::new("select id from resource where id in ");
        resources(&mut query);
        query.push(" order by id").push(self.for_update());
        self.fetch(query.build()).await?;
        Ok(())
    }

    /// Inserts (or upserts) rows, many per statement. `head` is `insert into t (a, b)`, `tail` what follows the values. Returns the rows of a `returning` clause.
    pub(crate) async fn insert<const N: usize>(
        &mut self,
        head: &'static str,
        rows: Vec<[Param; N]>,
        tail: &'static str,
    ) -> Result<Vec<Row>> {
        let mut returned = Vec::new();
        for statement in Builder::inserts(head, rows, tail) {
            returned.extend(self.fetch(statement).await?);
        }
        Ok(returned)
    }

    /// Updates rows from a list of values, many per statement. `head` is `update t set a = v.column2 from (`, `tail` is `) as v where t.id = v.column1`.
    pub(crate) async fn update<const N: usize>(
        &mut self,
        head: &'static str,
        rows: Vec<[Param; N]>,
        tail: &'static str,
    ) -> Result<()> {
        for statement in Builder::inserts(head, rows, tail) {
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// Runs a whole script without parameters.
    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut self.inner {
            TransactionOf::Postgres(transaction) => script.execute(&mut **transaction).await.map(|_| ()),
            TransactionOf::Sqlite(transaction) => script.execute(&mut **transaction).await.map(|_| ()),
        }
        .map_err(|error| self.db.error(error))
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self.inner {
            TransactionOf::Postgres(transaction) => transaction.commit().await,
            TransactionOf::Sqlite(transaction) => transaction.commit().await,
        }
        .map_err(|error| self.db.error(error))
    }
}

fn postgres_arguments(params: Vec<Param>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for param in params {
        match param {
            Param::Integer(value) => arguments.add(value),
            Param::Text(value) => arguments.add(value),
            Param::Bytes(value) => arguments.add(value),
        }
        .map_err(|source| StoreError::Driver { source })?;
    }
    Ok(arguments)
}

fn sqlite_arguments(params: Vec<Param>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for param in params {
        match param {
            Param::Integer(value) => arguments.add(value),
            Param::Text(value) => arguments.add(value),
            Param::Bytes(value) => arguments.add(value),
        }
        .map_err(|source| StoreError::Driver { source })?;
    }
    Ok(arguments)
}
