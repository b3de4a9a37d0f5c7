//! Accounts as the operator has configured them.

use security_monkey_model::{Account, AccountId, Digest, Timestamp};

use crate::chain::Leaves;
use crate::db::{Row, Statement, Transaction, statements};
use crate::decision::{DecisionKind, NewDecision};
use crate::record::json;
use crate::{Author, Result, Store, StoreError};

statements! {
    ACCOUNTS = "select body from account order by name";
    ACCOUNT = "select body from account where id = $1";
    NAME_TAKEN = "select id from account where name = $1 and id <> $2";
    PUT = "insert into account (id, name, body) values ($1, $2, $3)
        on conflict (id) do update set name = excluded.name, body = excluded.body";
    GENERATION = "select value from generation where name = 'configuration'";
    KNOWN = "select value from generation where name = 'known'";
    /// Holds the row until the transaction ends, without changing what is in it. PostgreSQL cannot return what an update replaces.
    HOLD_KNOWN = "insert into generation (name, value) values ('known', $1)
        on conflict (name) do update set value = generation.value returning value";
    PUT_KNOWN = "update generation set value = $1 where name = 'known'";
    CHANGED = "update generation set value = value + 1 where name = 'configuration'";
}

fn read(row: &Row) -> Result<Account> {
    row.json("body")
}

impl Store {
    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = self.db.fetch(Statement::of(ACCOUNTS)).await?;
        rows.iter().map(read).collect()
    }

    /// One account.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        let row = self.db.fetch_optional(Statement::of(ACCOUNT).bind(id.as_str())).await?;
        row.as_ref().map(read).transpose()
    }

    /// Creates or replaces an account; logged as a decision. An account is never removed: disable it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another account has the name.
    pub async fn put_account(&self, account: &Account, by: &Author, at: Timestamp) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let name = account.name.trim();
        if name.is_empty() {
            return Err(StoreError::InvalidRequest("an account needs a name".to_owned()));
        }
        let taken = Statement::of(NAME_TAKEN).bind(name).bind(account.id.as_str());
        if let Some(row) = transaction.fetch_optional(taken).await? {
            let other = row.text("id")?;
            return Err(StoreError::Conflict(format!(
                "account {other} has the name '{name}' already"
            )));
        }
        let put = Statement::of(PUT)
            .bind(account.id.as_str())
            .bind(name)
            .bind(json(account)?);
        transaction.execute(put).await?;
        transaction.change_configuration().await?;
        let decision = NewDecision::about(DecisionKind::AccountChanged, serde_json::json!({ "account": account }));
        transaction.decide(by, at, vec![decision], Leaves::default()).await?;
        transaction.commit().await
    }

    /// A number that increases with every change of accounts, rule settings or subscriptions: the cheap poll for
    /// "configuration changed".
    pub async fn accounts_generation(&self) -> Result<i64> {
        let row = self.db.fetch_optional(Statement::of(GENERATION)).await?;
        row.map_or(Ok(0), |row| row.integer("value"))
    }

    /// Notes what a process that records here takes for known (organisations, networks), as a digest. True: the last one that noted it
    /// took something else for known, and their verdicts contradict each other.
    pub async fn note_known(&self, digest: &Digest) -> Result<bool> {
        let number = digest
            .as_bytes()
            .iter()
            .take(7)
            .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
        // Most of the time nothing has changed, and nothing is written.
        if let Some(row) = self.db.fetch_optional(Statement::of(KNOWN)).await?
            && row.integer("value")? == number
        {
            return Ok(false);
        }
        let mut transaction = self.db.begin().await?;
        let before = transaction.fetch_one(Statement::of(HOLD_KNOWN).bind(number)).await?;
        let is_at_odds = before.integer("value")? != number;
        if is_at_odds {
            transaction.execute(Statement::of(PUT_KNOWN).bind(number)).await?;
        }
        transaction.commit().await?;
        Ok(is_at_odds)
    }
}

impl Transaction {
    /// Tells other processes that the configuration has changed.
    pub(crate) async fn change_configuration(&mut self) -> Result<()> {
        self.execute(Statement::of(CHANGED)).await?;
        Ok(())
    }
}
