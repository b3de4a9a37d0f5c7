//! Leases: one process at a time does a named piece of work. They run on the database's clock.

use std::time::Duration;

use crate::record::LeaseHold;
use crate::{Result, Store, StoreError};

impl Store {
    /// Takes a lease for as long as `ttl`, if nobody holds it. The fence increases each time the lease changes hands; writes
    /// that carry it are refused once somebody else has taken the lease.
    pub async fn acquire_lease(&self, name: &str, owner: &str, ttl: Duration) -> Result<Option<LeaseHold>> {
        let _ = (name, owner, ttl);
        Err(StoreError::NotYet)
    }

    /// Holds a lease for `ttl` more from now on. False: it was lost.
    pub async fn renew_lease(&self, hold: &LeaseHold, ttl: Duration) -> Result<bool> {
        let _ = (hold, ttl);
        Err(StoreError::NotYet)
    }

    /// Gives a lease back; fine when it was lost.
    pub async fn release_lease(&self, hold: &LeaseHold) -> Result<()> {
        let _ = hold;
        Err(StoreError::NotYet)
    }
}
