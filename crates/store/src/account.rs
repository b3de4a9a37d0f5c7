//! Accounts as the operator has configured them.

use security_monkey_model::{Account, AccountId, Timestamp};

use crate::{Author, Result, Store, StoreError};

impl Store {
    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        Err(StoreError::NotYet)
    }

    /// One account.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        let _ = id;
        Err(StoreError::NotYet)
    }

    /// Creates or replaces an account; logged as a decision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another account has the name.
    pub async fn put_account(&self, account: &Account, by: &Author, at: Timestamp) -> Result<()> {
        let _ = (account, by, at);
        Err(StoreError::NotYet)
    }

    /// A number that increases with every change of accounts, rule settings or subscriptions: the cheap poll for
    /// "configuration changed".
    pub async fn accounts_generation(&self) -> Result<i64> {
        Err(StoreError::NotYet)
    }
}
