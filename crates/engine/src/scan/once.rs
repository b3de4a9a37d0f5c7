//! One scan of a part of the estate, now.

use std::collections::BTreeMap;
use std::sync::Arc;

use security_monkey_model::{Account, AccountId};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Aftermath, UnitOutcome, UnitScan};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::knowledge::Knowledge;
use crate::lease::Leased;
use crate::plan::{AccountPlan, UnitKey, Unreadable};
use crate::report::{Progress, ScanReport, Selection};

/// Accounts whose credentials and regions are found out at the same time.
const PLANNED_AT_ONCE: usize = 16;

impl Engine {
    /// Scans a part of the estate once, now, whatever the schedule says; records and audits it, and audits again what depends on it.
    /// Notifications are written into the outbox and sent by [`Engine::run`].
    ///
    /// Cancelling lets the page at hand be recorded and gives up the rest: nothing counts as deleted.
    ///
    /// # Errors
    /// Before anything is scanned: an unknown account or technology in the selection, a store that cannot be read. What goes wrong
    /// later is in the report.
    pub async fn scan_once(
        &self,
        selection: &Selection,
        progress: Option<mpsc::Sender<Progress>>,
        shutdown: CancellationToken,
    ) -> Result<ScanReport, EngineError> {
        let knowledge = self.inner.knowledge().await?;
        let accounts = self.selected(selection, &knowledge)?;
        let mut report = ScanReport {
            failures: self.left_out(selection),
            is_at_odds_with_others: self.inner.is_at_odds_with_others().await?,
            ..ScanReport::default()
        };
        let mut tasks: JoinSet<(UnitKey, Leased<UnitOutcome>)> = JoinSet::new();
        let slots = Arc::new(Semaphore::new(self.settings().concurrent_scans.max(1)));
        let (plans, panicked) = self.plan_all(accounts, &shutdown).await;
        report.failures.extend(panicked);
        for plan in plans {
            match plan {
                Ok(plan) => {
                    let switched_off = self.inner.record_switched_off(&plan).await?;
                    let selected = switched_off.into_iter().filter(|(scope, _)| selection.contains(scope));
                    report.out_of_sight.extend(selected);
                    self.start_units(plan, selection, progress.as_ref(), &shutdown, &slots, &mut tasks)
                        .await;
                }
                Err((account, why)) => {
                    self.report_unreadable(&account, &why, selection, progress.as_ref(), &mut report)
                        .await?;
                }
            }
        }
        let mut aftermath = Aftermath::default();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok((_, Leased::Done(outcome))) => {
                    report.scopes.extend(outcome.reports);
                    report.failed.extend(outcome.failed);
                    report.is_cancelled |= outcome.is_cancelled;
                    aftermath.merge(outcome.aftermath);
                }
                Ok((key, Leased::Busy)) => report.busy.extend(self.scopes_of(&key, selection)),
                Ok((key, Leased::Failed(error))) => {
                    let message = error.to_string();
                    report
                        .failed
                        .extend(
                            self.scopes_of(&key, selection)
                                .into_iter()
                                .map(|scope| crate::report::FailedScope {
                                    scope,
                                    message: message.clone(),
                                }),
                        );
                }
                Err(error) => report
                    .failures
                    .push(format!("a scan panicked: {error}; please report it")),
            }
        }
        report.is_cancelled |= shutdown.is_cancelled();
        if !report.is_cancelled && !aftermath.is_empty() {
            match self.inner.audit_dependents(&aftermath).await {
                Ok(resources) => {
                    report.audited_again = resources;
                    say(progress.as_ref(), Progress::AuditedAgain { resources }).await;
                }
                Err(error) => {
                    report
                        .failures
                        .push(format!("cannot audit again what depends on the scan: {error}"));
                }
            }
        }
        report.scopes.sort_by(|a, b| a.scope.cmp(&b.scope));
        report.out_of_sight.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(report)
    }

    /// Technologies that are to be watched and cannot be, because their files are broken: one message each.
    fn left_out(&self, selection: &Selection) -> Vec<String> {
        let wanted = self.settings().technologies.iter().filter(|id| {
            let is_selected = selection.technologies.is_empty() || selection.technologies.contains(id);
            is_selected && self.technologies().get(id).is_none()
        });
        let say = |id| {
            format!("{id} is to be watched and is not: its file is broken; hint: security-monkey technologies check")
        };
        wanted.map(say).collect()
    }

    /// The accounts a selection means, each of them watched; fails for what it names and does not exist.
    pub(crate) fn selected(&self, selection: &Selection, knowledge: &Knowledge) -> Result<Vec<Account>, EngineError> {
        for technology in &selection.technologies {
            if self.technologies().get(technology).is_none() {
                return Err(EngineError::UnknownTechnology(technology.to_string()));
            }
        }
        for account in &selection.accounts {
            if !knowledge.accounts.get(account).is_some_and(Account::is_scanned) {
                return Err(EngineError::NotWatched(account.to_string()));
            }
        }
        let is_in = |account: &&Account| selection.accounts.is_empty() || selection.accounts.contains(&account.id);
        Ok(knowledge.scanned().filter(is_in).cloned().collect())
    }

    /// Plans, and how planning went wrong where it is a defect of ours.
    async fn plan_all(
        &self,
        accounts: Vec<Account>,
        shutdown: &CancellationToken,
    ) -> (Vec<Result<AccountPlan, (Account, Unreadable)>>, Vec<String>) {
        let mut panicked = Vec::new();
        let mut tasks = JoinSet::new();
        let slots = Arc::new(Semaphore::new(PLANNED_AT_ONCE));
        for account in accounts {
            let (engine, slots, shutdown) = (self.clone(), Arc::clone(&slots), shutdown.clone());
            tasks.spawn(async move {
                let _slot = slots.acquire_owned().await;
                let planned = shutdown.run_until_cancelled(engine.inner.plan(&account)).await?;
                Some(planned.map_err(|why| (account, why)))
            });
        }
        let mut plans: BTreeMap<AccountId, _> = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(Some(plan)) => {
                    let id = match &plan {
                        Ok(plan) => plan.account.id.clone(),
                        Err((account, _)) => account.id.clone(),
                    };
                    plans.insert(id, plan);
                }
                Ok(None) => {}
                Err(error) => panicked.push(format!("planning an account panicked: {error}; please report it")),
            }
        }
        (plans.into_values().collect(), panicked)
    }

    async fn start_units(
        &self,
        plan: AccountPlan,
        selection: &Selection,
        progress: Option<&mpsc::Sender<Progress>>,
        shutdown: &CancellationToken,
        slots: &Arc<Semaphore>,
        tasks: &mut JoinSet<(UnitKey, Leased<UnitOutcome>)>,
    ) {
        let mut units = Vec::new();
        for (key, mut technologies) in plan.units {
            technologies.retain(|technology| selection.contains(&key.scope(technology.id())));
            if !technologies.is_empty() {
                units.push(UnitScan {
                    key,
                    technologies,
                    api: Arc::clone(&plan.api),
                    partition: Arc::clone(&plan.partition),
                    regions: Arc::clone(&plan.regions),
                    intervals: None,
                    lease: None,
                    progress: progress.cloned(),
                    shutdown: shutdown.clone(),
                });
            }
        }
        let planned = Progress::Planned {
            account: plan.account.id,
            scopes: units.iter().map(|unit| unit.technologies.len()).sum(),
        };
        say(progress, planned).await;
        for unit in units {
            let (engine, slots) = (self.clone(), Arc::clone(slots));
            tasks.spawn(async move {
                let _slot = slots.acquire_owned().await;
                let key = unit.key.clone();
                if unit.shutdown.is_cancelled() {
                    let outcome = UnitOutcome {
                        is_cancelled: true,
                        ..UnitOutcome::default()
                    };
                    return (key, Leased::Done(outcome));
                }
                (key, engine.inner.scan_leased(unit).await)
            });
        }
    }

    async fn report_unreadable(
        &self,
        account: &Account,
        why: &Unreadable,
        selection: &Selection,
        progress: Option<&mpsc::Sender<Progress>>,
        report: &mut ScanReport,
    ) -> Result<(), EngineError> {
        let is_wanted = |scope: &_| selection.contains(scope);
        let (scopes, gap) = self.inner.record_unreadable(account, why, &is_wanted).await?;
        say(
            progress,
            Progress::AccountUnreadable {
                account: account.id.clone(),
                message: why.message.clone(),
                scopes: scopes.len(),
            },
        )
        .await;
        report
            .unreadable_accounts
            .push((account.id.clone(), why.message.clone()));
        report
            .out_of_sight
            .extend(scopes.into_iter().map(|scope| (scope, gap.clone())));
        Ok(())
    }

    fn scopes_of(&self, key: &UnitKey, selection: &Selection) -> Vec<security_monkey_model::Scope> {
        let technologies = self.technologies().all();
        technologies
            .filter(|technology| {
                technology.service() == key.service && technology.is_global() == key.region.is_global()
            })
            .map(|technology| key.scope(technology.id()))
            .filter(|scope| selection.contains(scope))
            .collect()
    }
}

async fn say(progress: Option<&mpsc::Sender<Progress>>, step: Progress) {
    if let Some(progress) = progress {
        // Nobody listens any more: the scan itself goes on.
        let _ = progress.send(step).await;
    }
}
