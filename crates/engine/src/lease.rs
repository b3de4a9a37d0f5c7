//! Work that one process at a time does.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use security_monkey_store::StoreError;
use security_monkey_store::record::LeaseHold;
use tokio_util::sync::CancellationToken;

use crate::ahead::is_ahead;
use crate::engine::Inner;
use crate::jitter::after;
use crate::scan::{UnitOutcome, UnitScan};

/// What became of work under a lease.
#[derive(Debug)]
pub(crate) enum Leased<T> {
    /// It was done, here.
    Done(T),
    /// Another process is doing it.
    Busy,
    /// The lease could not be asked for.
    Failed(StoreError),
}

impl Inner {
    /// Does the work while holding the lease, renewing it; `lost` is cancelled when it cannot be held any longer.
    pub(crate) async fn under_lease<T, F>(
        &self,
        name: &str,
        work: impl FnOnce(LeaseHold, CancellationToken) -> F,
    ) -> Leased<T>
    where
        F: Future<Output = T>,
    {
        let store = &self.parts.store;
        let ttl = self.parts.settings.lease;
        let hold = match store.acquire_lease(name, &self.parts.process, ttl).await {
            Ok(Some(hold)) => hold,
            Ok(None) => return Leased::Busy,
            Err(error) => return Leased::Failed(error),
        };
        let lost = CancellationToken::new();
        let done = tokio::select! {
            done = work(hold.clone(), lost.clone()) => done,
            never = self.keep(&hold, ttl, &lost) => match never {},
        };
        if let Err(error) = store.release_lease(&hold).await {
            tracing::debug!(%error, lease = name, "cannot give a lease back; it runs out by itself");
        }
        Leased::Done(done)
    }

    async fn keep(&self, hold: &LeaseHold, ttl: Duration, lost: &CancellationToken) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(ttl / 3).await;
            match self.parts.store.renew_lease(hold, ttl).await {
                Ok(true) => {}
                Ok(false) => {
                    lost.cancel();
                    std::future::pending::<()>().await;
                }
                // It may still be ours; every write checks the fence, so going on harms nothing.
                Err(error) => tracing::warn!(%error, lease = hold.name, "cannot renew a lease"),
            }
        }
    }

    /// Scans a unit under its lease.
    pub(crate) async fn scan_leased(&self, mut unit: UnitScan) -> Leased<UnitOutcome> {
        let name = unit.key.lease();
        let scanned = self.under_lease(&name, |hold, lost| async move {
            self.leave_out_fresh(&mut unit).await?;
            unit.lease = Some(hold);
            let stop = unit.shutdown.child_token();
            unit.shutdown = stop.clone();
            let scan = self.scan_unit(&unit);
            tokio::pin!(scan);
            tokio::select! {
                outcome = &mut scan => Ok(outcome),
                () = lost.cancelled() => {
                    stop.cancel();
                    Ok(scan.await)
                }
            }
        });
        match scanned.await {
            Leased::Done(Ok(outcome)) => Leased::Done(outcome),
            Leased::Done(Err(error)) | Leased::Failed(error) => Leased::Failed(error),
            Leased::Busy => Leased::Busy,
        }
    }

    /// Before we held the lease, another process may have been there.
    async fn leave_out_fresh(&self, unit: &mut UnitScan) -> Result<(), StoreError> {
        let Some(intervals) = &unit.intervals else {
            return Ok(());
        };
        let now = self.parts.clock.now();
        let mut fresh = BTreeSet::new();
        for status in self.parts.store.scope_times(&unit.key.account).await? {
            let (Some(started), Some(finished)) = (status.last_started_at, status.last_finished_at) else {
                continue;
            };
            // A scan that is said to lie ahead was made by a clock that was wrong: it may be old.
            let is_believable = finished >= started && !is_ahead(started, now) && !is_ahead(finished, now);
            let is_here = status.scope.region == unit.key.region && is_believable;
            // Jitter makes an interval up to a tenth shorter.
            if let Some(interval) = intervals.get(&status.scope.technology)
                && is_here
                && after(started, *interval * 8 / 10) > now
            {
                fresh.insert(status.scope.technology);
            }
        }
        unit.technologies.retain(|technology| !fresh.contains(technology.id()));
        Ok(())
    }
}
