//! Leases: one process at a time does a named piece of work. They run on the database's clock.

use std::time::Duration;

use crate::db::{Statement, statements};
use crate::record::LeaseHold;
use crate::{Result, Store};

statements! {
    RELEASE = "update lease set ends_at = 0 where name = $1 and fence = $2";
}

/// The longest term of a lease. One that ends later was taken while the database's clock was ahead.
pub const LONGEST_LEASE: Duration = Duration::from_hours(7 * 24);

/// A term, no longer than the longest.
fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.min(LONGEST_LEASE).as_micros()).unwrap_or(i64::MAX / 4)
}

impl Store {
    /// Takes a lease for as long as `ttl` (at most [`LONGEST_LEASE`]), if nobody holds it; one that would last longer than that from now on
    /// was taken by a clock that was ahead, and is held by nobody. The fence increases each time the lease changes hands; writes
    /// that carry it are refused once somebody else has taken the lease.
    pub async fn acquire_lease(&self, name: &str, owner: &str, ttl: Duration) -> Result<Option<LeaseHold>> {
        let mut transaction = self.db.begin().await?;
        let acquire = Statement::of(self.db.dialect().words().acquire_lease);
        let row = transaction
            .fetch_optional(
                acquire
                    .bind(name)
                    .bind(owner)
                    .bind(micros(ttl))
                    .bind(micros(LONGEST_LEASE)),
            )
            .await?;
        transaction.commit().await?;
        row.map(|row| {
            Ok(LeaseHold {
                name: name.to_owned(),
                fence: row.integer("fence")?,
            })
        })
        .transpose()
    }

    /// Holds a lease for `ttl` more from now on. False: it was lost.
    pub async fn renew_lease(&self, hold: &LeaseHold, ttl: Duration) -> Result<bool> {
        let renew = Statement::of(self.db.dialect().words().renew_lease);
        let renewed = self
            .db
            .execute(renew.bind(hold.name.as_str()).bind(hold.fence).bind(micros(ttl)))
            .await?;
        Ok(renewed > 0)
    }

    /// Gives a lease back; fine when it was lost.
    pub async fn release_lease(&self, hold: &LeaseHold) -> Result<()> {
        // The row stays: its fence must go on increasing.
        let release = Statement::of(RELEASE).bind(hold.name.as_str()).bind(hold.fence);
        self.db.execute(release).await.map(|_| ())
    }
}
