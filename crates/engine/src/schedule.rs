//! What is due when, and the loop that does it.
//!
//! Accounts, regions and intervals are data: each look at the schedule takes what is configured then. Several processes may run it
//! on one database: a unit is scanned under a lease, and whoever gets it asks the store first whether another process was just there.

mod timetable;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use security_monkey_model::{Account, GapCause, Scope};
use security_monkey_store::StoreError;
use security_monkey_store::scan::ScopeTimes;
use security_monkey_watcher::Technology;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::jitter::{after, back_off};
use crate::lease::Leased;
use crate::plan::{AccountPlan, UnitKey, Unreadable};
use crate::report::Selection;
use crate::scan::{UnitOutcome, UnitScan};
use timetable::Timetable;

/// Accounts whose credentials and regions are found out at the same time.
const PLANNED_AT_ONCE: usize = 16;
/// How long a plan holds: regions are switched on rarely.
const PLAN_LIFETIME: Duration = Duration::from_hours(1);
/// How long after a failure of the store a scope is tried again.
const STORE_WAIT: Duration = Duration::from_mins(1);
/// The first wait of an account whose credentials fail.
const CREDENTIALS_WAIT: Duration = Duration::from_mins(1);

/// What a task of the loop has done.
enum Done {
    Planned(Account, Planned),
    Scanned(UnitKey, Leased<UnitOutcome>),
    /// A defect of ours, kept from ending the loop.
    ScanPanicked(UnitKey),
    PlanPanicked(Account),
}

enum Planned {
    Readable(Box<AccountPlan>, Vec<ScopeTimes>),
    Unreadable(Unreadable),
    Cancelled,
    /// The store failed.
    Failed(StoreError),
}

impl Engine {
    /// Keeps scanning what is due, auditing again what time, rules or neighbours have changed, sending what there is to tell, until
    /// `shutdown` is cancelled; then finishes the pages at hand and returns. Failures are logged where they are handled and never end it.
    pub async fn run(&self, shutdown: CancellationToken) {
        tokio::join!(
            Box::pin(self.keep_scanning(&shutdown)),
            Box::pin(self.keep_notifying(&shutdown)),
            Box::pin(self.keep_house(&shutdown))
        );
    }

    /// Makes a part of the estate due now in this process's [`Engine::run`]; returns at once.
    ///
    /// # Errors
    /// An unknown account or technology.
    pub async fn request_scan(&self, selection: &Selection) -> Result<(), EngineError> {
        let knowledge = self.inner.knowledge().await?;
        self.selected(selection, &knowledge)?;
        let mut requests = self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(selection.clone());
        drop(requests);
        self.inner.wake.notify_one();
        Ok(())
    }

    async fn keep_scanning(&self, shutdown: &CancellationToken) {
        let mut timetable = Timetable::new(self.inner.parts.seed);
        let mut tasks: JoinSet<Done> = JoinSet::new();
        while !shutdown.is_cancelled() {
            if let Err(error) = self.look(&mut timetable, &mut tasks, shutdown).await {
                tracing::error!(%error, "cannot read the configuration; scans go on with what is known");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(done) = tasks.join_next() => self.take_in(done, &mut timetable),
                () = self.inner.wake.notified() => {}
                () = tokio::time::sleep(self.settings().poll) => {}
            }
        }
        // Scans see the shutdown themselves, and end after the page at hand.
        while tasks.join_next().await.is_some() {}
    }

    /// One look at the schedule: starts what is due.
    async fn look(
        &self,
        timetable: &mut Timetable,
        tasks: &mut JoinSet<Done>,
        shutdown: &CancellationToken,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let knowledge = self.inner.knowledge().await;
        if let Ok(knowledge) = &knowledge {
            timetable.follow(knowledge.scanned(), now);
        }
        let requests = std::mem::take(&mut *self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner));
        for selection in &requests {
            timetable.request(selection, now);
        }
        let generation = self
            .inner
            .intervals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .generation;
        timetable.follow_intervals(generation, now);
        for account in timetable.take_unplanned(now, PLANNED_AT_ONCE) {
            let (engine, shutdown) = (self.clone(), shutdown.clone());
            tasks.spawn(async move {
                let plan = AssertUnwindSafe(engine.inner.plan_recorded(&account)).catch_unwind();
                match shutdown.run_until_cancelled(plan).await {
                    Some(Ok(planned)) => Done::Planned(account, planned),
                    Some(Err(_)) => Done::PlanPanicked(account),
                    None => Done::Planned(account, Planned::Cancelled),
                }
            });
        }
        let free = self
            .settings()
            .concurrent_scans
            .max(1)
            .saturating_sub(timetable.running());
        for due in timetable.take_due(now, free) {
            let engine = self.clone();
            let interval =
                |technology: &Arc<Technology>| (technology.id().clone(), self.inner.interval(technology.id()));
            let unit = UnitScan {
                intervals: (!due.is_requested).then(|| due.technologies.iter().map(interval).collect()),
                key: due.key,
                technologies: due.technologies,
                api: Arc::clone(&due.plan.api),
                partition: Arc::clone(&due.plan.partition),
                regions: Arc::clone(&due.plan.regions),
                lease: None,
                progress: None,
                shutdown: shutdown.clone(),
            };
            tasks.spawn(async move {
                let key = unit.key.clone();
                match AssertUnwindSafe(engine.inner.scan_and_follow_up(unit))
                    .catch_unwind()
                    .await
                {
                    Ok(scanned) => Done::Scanned(key, scanned),
                    Err(_) => Done::ScanPanicked(key),
                }
            });
        }
        knowledge.map(drop)
    }

    fn take_in(&self, done: Result<Done, tokio::task::JoinError>, timetable: &mut Timetable) {
        let now = self.now();
        let settings = self.settings();
        match done {
            Ok(Done::Planned(account, Planned::Readable(plan, statuses))) => {
                if timetable.failures(&account.id) > 0 {
                    tracing::info!(account = %account.id, name = account.name, "the account can be read again");
                }
                let interval = |id: &_| self.inner.interval(id);
                timetable.planned(
                    &account,
                    Arc::new(*plan),
                    &statuses,
                    &interval,
                    now,
                    after(now, PLAN_LIFETIME),
                );
            }
            Ok(Done::Planned(account, Planned::Unreadable(why))) => {
                let failures = timetable.failures(&account.id) + 1;
                let wait = back_off(CREDENTIALS_WAIT, failures, settings.longest_credentials_wait);
                // Said once; the gaps of its scopes say it as long as it lasts.
                if failures == 1 {
                    tracing::error!(account = %account.id, name = account.name, "{}", why.message);
                } else {
                    tracing::debug!(account = %account.id, failures, wait = ?wait, "{}", why.message);
                }
                timetable.unreadable(&account, after(now, wait));
            }
            Ok(Done::Planned(account, Planned::Failed(error))) => {
                tracing::error!(account = %account.id, %error, "cannot plan an account's scans");
                timetable.unplanned(&account, after(now, STORE_WAIT));
            }
            Ok(Done::Scanned(key, Leased::Done(outcome))) => {
                let is_unreadable = !outcome.reports.is_empty()
                    && outcome.reports.iter().all(|report| {
                        report
                            .gaps
                            .iter()
                            .any(|gap| gap.hides_resources() && gap.cause == GapCause::Credentials)
                    });
                let failed: Vec<&Scope> = outcome.failed.iter().map(|failed| &failed.scope).collect();
                timetable.scanned(&key, now, &|id| {
                    if failed.iter().any(|scope| &scope.technology == id) {
                        STORE_WAIT
                    } else {
                        self.inner.interval(id)
                    }
                });
                if is_unreadable {
                    timetable.plan_again(&key.account, now);
                }
            }
            Ok(Done::Scanned(key, Leased::Busy)) => timetable.scanned(&key, now, &|_| settings.lease),
            Ok(Done::Scanned(key, Leased::Failed(error))) => {
                tracing::error!(account = %key.account, region = %key.region, service = key.service, %error, "cannot scan");
                timetable.scanned(&key, now, &|_| STORE_WAIT);
            }
            Ok(Done::ScanPanicked(key)) => {
                tracing::error!(account = %key.account, region = %key.region, service = key.service, "a scan panicked; please report it");
                timetable.scanned(&key, now, &|id| self.inner.interval(id));
            }
            Ok(Done::PlanPanicked(account)) => {
                tracing::error!(account = %account.id, "planning an account panicked; please report it");
                timetable.unplanned(&account, after(now, PLAN_LIFETIME));
            }
            Ok(Done::Planned(account, Planned::Cancelled)) => timetable.unplanned(&account, now),
            Err(error) => tracing::error!(%error, "a task of the schedule was lost; please report it"),
        }
    }
}

impl Inner {
    /// How often a technology is scanned.
    pub(crate) fn interval(&self, id: &security_monkey_model::TechnologyId) -> Duration {
        let set = self.intervals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interval) = set.by_technology.get(id) {
            return (*interval).max(Duration::from_secs(1));
        }
        drop(set);
        let minutes = self
            .parts
            .technologies
            .get(id)
            .map_or(60, |known| known.default_interval_minutes());
        Duration::from_mins(u64::from(minutes.max(1)))
    }

    /// Scans a unit under its lease, and audits again what depends on what has changed.
    async fn scan_and_follow_up(&self, unit: UnitScan) -> Leased<UnitOutcome> {
        let scanned = self.scan_leased(unit).await;
        if let Leased::Done(outcome) = &scanned
            && !outcome.aftermath.is_empty()
            && let Err(error) = self.audit_dependents(&outcome.aftermath).await
        {
            tracing::error!(%error, "cannot audit again what depends on a scan; the daily audit makes up for it");
        }
        scanned
    }

    /// Plans an account, and records what can be seen to be out of sight.
    async fn plan_recorded(&self, account: &Account) -> Planned {
        match self.plan(account).await {
            Ok(plan) => {
                if let Err(error) = self.record_switched_off(&plan).await {
                    return Planned::Failed(error);
                }
                match self.parts.store.scope_times(&account.id).await {
                    Ok(statuses) => Planned::Readable(Box::new(plan), statuses),
                    Err(error) => Planned::Failed(error),
                }
            }
            Err(why) => match self.record_unreadable(account, &why, &|_| true).await {
                Ok(_) => Planned::Unreadable(why),
                Err(error) => Planned::Failed(error),
            },
        }
    }
}
