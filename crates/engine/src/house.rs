//! What happens without any change in AWS: acceptances run out, time passes, rules change, old rows are forgotten.

use std::time::Duration;

use security_monkey_model::RuleId;
use security_monkey_store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, RuleLoading};
use crate::lease::Leased;
use crate::scan::WorkError;

/// How often the house is looked after.
const ROUND: Duration = Duration::from_mins(1);
/// How often the store is maintained.
const MAINTENANCE: Duration = Duration::from_hours(24);

/// What looking after the house came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HouseReport {
    /// Acceptances that ran out.
    pub expired_justifications: usize,
    /// Findings resolved because their rules are gone.
    pub retired_findings: usize,
    /// Resources audited because the rules, what people decided about them, or who is known have changed.
    pub audited_for_rules: usize,
    /// Resources audited because time has passed.
    pub audited_for_time: usize,
    /// Whether the store was maintained.
    pub is_maintained: bool,
    /// Whether another process on this database takes other organisations or networks for known: findings that depend on them are opened
    /// by one and resolved by the other.
    pub is_at_odds_with_others: bool,
}

/// What to say when processes on one database take different organisations or networks for known.
pub const AT_ODDS: &str = "[known] of this process differs from that of the process that recorded into this database before: while both go \
    on, findings that depend on it are opened by one and resolved by the other; hint: give every process on a database the same [known]";

impl Engine {
    /// One round of what happens without any change in AWS; [`Engine::run`] does this every minute. `seen` is the configuration's
    /// generation at the last round (none at the first): resources are audited for changed rules and accounts only when it has moved.
    ///
    /// # Errors
    /// The store failed; what was not done is done in a later round.
    pub async fn keep_house_once(&self, seen: &mut Option<i64>) -> Result<HouseReport, StoreError> {
        let mut report = HouseReport {
            expired_justifications: self.store().expire_justifications(self.now()).await?,
            is_at_odds_with_others: self.inner.is_at_odds_with_others().await?,
            ..HouseReport::default()
        };
        let generation = self.inner.knowledge().await?.generation;
        if *seen != Some(generation) {
            report.retired_findings = self.retire_rules().await?;
            let audited = self.inner.under_lease("audit/rules", |_, lost| async move {
                lost.run_until_cancelled(self.inner.audit_stale()).await
            });
            if let Some(audited) = store_failure(audited.await)? {
                report.audited_for_rules = audited;
                *seen = Some(generation);
            }
        }
        if let Some(audited) = self
            .once_in(
                "audit/time",
                self.settings().time_dependent_audits,
                self.audit_for_time(),
            )
            .await?
        {
            report.audited_for_time = audited;
        }
        let maintain = async { Ok(self.store().maintain(self.now()).await?) };
        report.is_maintained = self.once_in("maintenance", MAINTENANCE, maintain).await?.is_some();
        Ok(report)
    }

    pub(crate) async fn keep_house(&self, shutdown: &CancellationToken) {
        let mut seen = None;
        loop {
            match shutdown
                .run_until_cancelled(Box::pin(self.keep_house_once(&mut seen)))
                .await
            {
                None => return,
                Some(Ok(report)) if report != HouseReport::default() => {
                    let HouseReport {
                        expired_justifications,
                        retired_findings,
                        audited_for_rules,
                        audited_for_time,
                        is_maintained,
                        is_at_odds_with_others,
                    } = report;
                    if is_at_odds_with_others {
                        tracing::warn!("{AT_ODDS}");
                    }
                    tracing::info!(
                        expired_justifications,
                        retired_findings,
                        audited_for_rules,
                        audited_for_time,
                        is_maintained,
                        "looked after the house"
                    );
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => tracing::error!(%error, "cannot look after the house; trying again"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// Findings of rules that are no longer there would stay open for ever.
    async fn retire_rules(&self) -> Result<usize, StoreError> {
        if self.inner.parts.rules == RuleLoading::SomeLeftOut {
            return Ok(0);
        }
        let mut gone: Vec<RuleId> = self.store().rules_with_findings().await?;
        gone.retain(|rule| self.rules().get(rule).is_none());
        if gone.is_empty() {
            return Ok(0);
        }
        self.store().retire_rules(&gone, self.now()).await
    }

    /// Evaluates rules whose verdict can change although the resource has not: by time, and, as a safety net for a process that died
    /// between a scan and its follow-up, by what they refer to.
    async fn audit_for_time(&self) -> Result<usize, WorkError> {
        let rules = self.inner.rules_where(|rule| {
            rule.time_dependent || !rule.links.is_empty() || !rule.reads.is_empty() || !rule.excused_by.is_empty()
        });
        let mut audited = 0;
        for account in self.inner.knowledge().await?.accounts.keys() {
            audited += self.inner.audit_with(account, &rules).await?;
        }
        Ok(audited)
    }

    /// Does the work if nobody has done it for so long. The lease that says so is kept until it runs out; while the work is going on it
    /// is short, so that another process takes over when this one dies.
    async fn once_in<T>(
        &self,
        name: &str,
        interval: Duration,
        work: impl Future<Output = Result<T, WorkError>>,
    ) -> Result<Option<T>, StoreError> {
        let (store, short) = (self.store(), self.settings().lease);
        let Some(hold) = store.acquire_lease(name, &self.inner.parts.process, short).await? else {
            return Ok(None);
        };
        let renewing = async {
            loop {
                tokio::time::sleep(short / 3).await;
                if !matches!(store.renew_lease(&hold, short).await, Ok(true)) {
                    return;
                }
            }
        };
        let done = tokio::select! {
            done = work => Some(done),
            () = renewing => None,
        };
        match done {
            Some(Ok(done)) => {
                store.renew_lease(&hold, interval).await?;
                Ok(Some(done))
            }
            Some(Err(error)) => {
                store.release_lease(&hold).await?;
                match error {
                    WorkError::Store(error) => Err(error),
                    WorkError::Panicked(_) => {
                        tracing::error!(%error, work = name, "a regular work failed");
                        Ok(None)
                    }
                }
            }
            // Lost to another process, which does it.
            None => Ok(None),
        }
    }
}

/// The result of work that may have been done elsewhere, or given up.
fn store_failure(done: Leased<Option<Result<usize, WorkError>>>) -> Result<Option<usize>, StoreError> {
    match done {
        Leased::Done(Some(Ok(count))) => Ok(Some(count)),
        Leased::Done(Some(Err(WorkError::Store(error)))) | Leased::Failed(error) => Err(error),
        Leased::Done(Some(Err(error @ WorkError::Panicked(_)))) => {
            tracing::error!(%error, "cannot audit for changed rules");
            Ok(None)
        }
        Leased::Done(None) | Leased::Busy => Ok(None),
    }
}
