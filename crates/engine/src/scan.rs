//! One scan: the technologies of one service at one place, from AWS's pages to recorded and audited resources.
//!
//! The watcher's stream and the recording run side by side, one batch apart: memory is bounded by the batch that is written, the next,
//! and those that the watcher reads, one for each list call in flight; and calls under way are served while a batch is written. Each batch is one transaction, so a process killed at any moment loses nothing, and
//! deletes nothing: deletions are recorded only at the end of a complete listing.

mod batch;
mod once;
mod unreadable;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use security_monkey_aws::Api;
use security_monkey_model::{AccountId, CoverageGap, Region, ResourceId, Scope, TechnologyId};
use security_monkey_store::record::LeaseHold;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{ResourceRow, ScanId, StoreError};
use security_monkey_watcher::{ScanItem, ScanPlace, Technology};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::engine::Inner;
use crate::plan::UnitKey;
use crate::report::{FailedScope, Progress, ScopeReport};

/// Why a piece of work was given up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of ours, kept from taking the process down.
    #[error("a computation panicked: {0}; please report it")]
    Panicked(String),
}

/// What a scan has changed, for what depends on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aftermath {
    /// Resources with a new revision.
    pub(crate) rows: BTreeMap<TechnologyId, BTreeSet<ResourceRow>>,
    /// Technologies of which an account's collection has changed: its resources, or whether it is complete.
    pub(crate) collections: BTreeMap<AccountId, BTreeSet<TechnologyId>>,
}

impl Aftermath {
    pub(crate) fn merge(&mut self, other: Self) {
        for (technology, rows) in other.rows {
            self.rows.entry(technology).or_default().extend(rows);
        }
        for (account, technologies) in other.collections {
            self.collections.entry(account).or_default().extend(technologies);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.collections.is_empty()
    }

    fn note(&mut self, scope: &Scope, rows: impl IntoIterator<Item = ResourceRow>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_some() {
            self.rows.entry(scope.technology.clone()).or_default().extend(rows);
            self.note_collection(scope);
        }
    }

    fn note_collection(&mut self, scope: &Scope) {
        let technologies = self.collections.entry(scope.account.clone()).or_default();
        technologies.insert(scope.technology.clone());
    }
}

/// What the scan of a unit came to.
#[derive(Debug, Default)]
pub(crate) struct UnitOutcome {
    pub(crate) reports: Vec<ScopeReport>,
    pub(crate) failed: Vec<FailedScope>,
    pub(crate) aftermath: Aftermath,
    /// It ended before its end: shutdown, or the lease was lost.
    pub(crate) is_cancelled: bool,
}

/// Everything about a unit that its scan needs.
pub(crate) struct UnitScan {
    pub(crate) key: UnitKey,
    pub(crate) technologies: Vec<Arc<Technology>>,
    pub(crate) api: Arc<dyn Api>,
    pub(crate) partition: Arc<str>,
    /// All regions of the account that are scanned.
    pub(crate) regions: Arc<BTreeSet<Region>>,
    /// Leave out what another process has begun less than nearly this ago; none: leave out nothing.
    pub(crate) intervals: Option<BTreeMap<TechnologyId, Duration>>,
    pub(crate) lease: Option<LeaseHold>,
    pub(crate) progress: Option<mpsc::Sender<Progress>>,
    pub(crate) shutdown: CancellationToken,
}

impl UnitScan {
    fn place(&self) -> ScanPlace {
        ScanPlace {
            account: self.key.account.clone(),
            region: self.key.region.clone(),
            partition: Arc::clone(&self.partition),
            regions: Arc::clone(&self.regions),
        }
    }

    async fn report(&self, step: Progress) {
        if let Some(progress) = &self.progress {
            // Nobody listens any more: the scan itself goes on.
            let _ = progress.send(step).await;
        }
    }
}

/// One scope while it is scanned.
struct Running {
    scan: ScanId,
    scope: Scope,
    seen: BTreeSet<ResourceRow>,
    /// Of which something could not be read in this scan, nor in the one before.
    still_unread: BTreeSet<ResourceId>,
    report: ScopeReport,
    is_over: bool,
}

impl Inner {
    /// Scans a unit. The caller holds its lease.
    pub(crate) async fn scan_unit(&self, unit: &UnitScan) -> UnitOutcome {
        let mut outcome = UnitOutcome::default();
        let mut running: BTreeMap<TechnologyId, Running> = BTreeMap::new();
        for technology in &unit.technologies {
            let scope = unit.key.scope(technology.id());
            match self.parts.store.begin_scan(&scope, self.parts.clock.now()).await {
                Ok(scan) => {
                    let report = ScopeReport::new(scope.clone());
                    let seen = BTreeSet::new();
                    let is_over = false;
                    running.insert(
                        technology.id().clone(),
                        Running {
                            scan,
                            scope,
                            seen,
                            still_unread: BTreeSet::new(),
                            report,
                            is_over,
                        },
                    );
                }
                Err(error) => self.give_up(unit, scope, &error.into(), &mut outcome).await,
            }
        }
        let technologies: Vec<&Technology> = unit
            .technologies
            .iter()
            .filter(|technology| running.contains_key(technology.id()))
            .map(AsRef::as_ref)
            .collect();
        if technologies.is_empty() {
            return outcome;
        }
        let place = unit.place();
        let stop = unit.shutdown.child_token();
        let (sender, receiver) = mpsc::channel(1);
        let watch = async {
            let mut stream = pin!(self.scanner.scan(&*unit.api, &place, &technologies));
            loop {
                // Room first: an item that waits for it would be one more batch in memory.
                let next = async {
                    let room = sender.reserve().await.ok()?;
                    room.send(stream.next().await?);
                    Some(())
                };
                let sent = tokio::select! {
                    biased;
                    () = stop.cancelled() => break,
                    sent = next => sent,
                };
                if sent.is_none() {
                    break;
                }
            }
            // Lets the recording see the end once it has taken what is there.
            drop(sender);
        };
        let record = self.record_items(unit, &mut running, receiver, &mut outcome, &stop);
        tokio::join!(watch, record);
        let unfinished = running.into_values().filter(|scope| !scope.is_over);
        let unfinished: Vec<Scope> = unfinished.map(|scope| scope.scope).collect();
        if stop.is_cancelled() {
            outcome.is_cancelled = !unfinished.is_empty();
            return outcome;
        }
        outcome.failed.extend(unfinished.into_iter().map(|scope| FailedScope {
            scope,
            message: "the scan ended without saying so; please report it".to_owned(),
        }));
        outcome
    }

    /// Records what the watcher reports, until it ends.
    async fn record_items(
        &self,
        unit: &UnitScan,
        running: &mut BTreeMap<TechnologyId, Running>,
        mut items: mpsc::Receiver<ScanItem>,
        outcome: &mut UnitOutcome,
        stop: &CancellationToken,
    ) {
        let mut context = batch::BatchContext::default();
        while let Some(item) = items.recv().await {
            let technology = match &item {
                ScanItem::Batch { technology, .. }
                | ScanItem::Gap { technology, .. }
                | ScanItem::Gone { technology, .. }
                | ScanItem::End { technology, .. } => technology.clone(),
            };
            // Given up before: the rest of its stream is of no use.
            let Some(scope) = running.get_mut(&technology) else {
                continue;
            };
            if let Err(error) = self.record_item(unit, scope, item, &mut context, outcome).await {
                let scope = scope.scope.clone();
                running.remove(&technology);
                if matches!(error, WorkError::Store(StoreError::LeaseLost { .. })) {
                    tracing::warn!(%scope, "another process took the scan over; giving it up here");
                    stop.cancel();
                    return;
                }
                self.give_up(unit, scope, &error, outcome).await;
                if running.is_empty() {
                    return;
                }
            }
        }
    }

    async fn record_item(
        &self,
        unit: &UnitScan,
        running: &mut Running,
        item: ScanItem,
        context: &mut batch::BatchContext,
        outcome: &mut UnitOutcome,
    ) -> Result<(), WorkError> {
        match item {
            ScanItem::Batch { resources, .. } => {
                let changed = self.record_batch(unit, running, resources, context).await?;
                outcome.aftermath.note(&running.scope, changed);
                unit.report(Progress::Recorded {
                    scope: running.scope.clone(),
                    resources: running.report.resources,
                })
                .await;
            }
            ScanItem::Gap { gap, .. } => running.report.gaps.push(gap),
            // Listed, and then unknown, twice running: it was not deleted in between.
            ScanItem::Gone { gap, .. } => {
                if gap
                    .resource
                    .as_ref()
                    .is_some_and(|id| running.still_unread.contains(id))
                {
                    running.report.gaps.push(gap);
                }
            }
            ScanItem::End {
                complete,
                calls,
                unknown_members,
                ..
            } => {
                running.report.calls = u64::from(calls);
                running.report.unknown_members = unknown_members;
                let aftermath = self.finish(unit, running, complete).await?;
                outcome.aftermath.merge(aftermath);
                outcome.reports.push(running.report.clone());
                unit.report(Progress::Finished(Box::new(running.report.clone()))).await;
            }
        }
        Ok(())
    }

    async fn finish(&self, unit: &UnitScan, running: &mut Running, complete: bool) -> Result<Aftermath, WorkError> {
        let end = ScanEnd {
            seen: std::mem::take(&mut running.seen),
            gaps: running.report.gaps.clone(),
            is_listing_complete: complete && !running.report.gaps.iter().any(CoverageGap::hides_resources),
            calls: running.report.calls,
            lease: unit.lease.clone(),
        };
        let report = self
            .parts
            .store
            .finish_scan(running.scan, end, self.parts.clock.now())
            .await?;
        running.is_over = true;
        running.report.is_complete = report.is_complete;
        running.report.deleted = report.deleted.len();
        let mut aftermath = Aftermath::default();
        let is_first = self.note_first_scan(&running.scope);
        if is_first || report.opened_gaps > 0 || report.closed_gaps > 0 {
            aftermath.note_collection(&running.scope);
        }
        aftermath.note(&running.scope, report.deleted);
        Ok(aftermath)
    }

    /// A scope whose scan cannot be recorded. What was recorded stays, nothing counts as deleted, and it is due again.
    async fn give_up(&self, unit: &UnitScan, scope: Scope, error: &WorkError, outcome: &mut UnitOutcome) {
        // A target of its own: a command that scans once says it itself, for all scopes together.
        tracing::error!(target: "security_monkey_engine::given_up", %scope, %error, "gave up the scan of a scope; it will be scanned again");
        let failed = FailedScope {
            scope,
            message: error.to_string(),
        };
        outcome.failed.push(failed.clone());
        unit.report(Progress::Failed(failed)).await;
    }

    /// Runs a computation off the async threads.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| WorkError::Panicked(error.to_string()))
    }
}
