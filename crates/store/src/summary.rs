//! Counts for the dashboard.

use std::collections::BTreeMap;

use security_monkey_model::{AccountId, GapCause, Severity, TechnologyId, Timestamp};

use crate::db::Builder;
use crate::record::evaluation::as_score;
use crate::{Result, Store};

/// Counts of the whole estate, or of some accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Active resources.
    pub resources: u64,
    /// Open and reopened findings by severity, worst first; severities without findings are there with 0.
    pub open_by_severity: Vec<(Severity, u64)>,
    /// Justified findings.
    pub justified: u64,
    /// By account: active resources, open findings, and the highest open score (none: no open finding).
    pub by_account: Vec<(AccountId, GroupCount)>,
    /// By technology, the same.
    pub by_technology: Vec<(TechnologyId, GroupCount)>,
    /// Open gaps by cause; causes without gaps are missing.
    pub gaps_by_cause: Vec<(GapCause, u64)>,
    /// Revisions recorded since the instant asked for.
    pub changes_since: u64,
    /// Findings opened or reopened since the instant asked for and still open.
    pub opened_since: u64,
}

/// Counts of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupCount {
    /// Active resources.
    pub resources: u64,
    /// Open and reopened findings.
    pub open_findings: u64,
    /// The highest score among them.
    pub highest_score: Option<security_monkey_model::Score>,
}

impl Store {
    /// Counts of these accounts (empty: all); changes are counted from `since` on.
    pub async fn summary(&self, accounts: &[AccountId], since: Timestamp) -> Result<Summary> {
        let mut summary = Summary::default();
        let (mut by_account, mut by_technology) = (BTreeMap::<_, GroupCount>::new(), BTreeMap::<_, GroupCount>::new());
        let mut query =
            Builder::new("select account, technology, count(*) as number from resource where is_active = 1");
        if !accounts.is_empty() {
            query
                .push(" and account in ")
                .list(accounts.iter().map(AccountId::as_str));
        }
        query.push(" group by account, technology");
        for row in self.db.fetch(query.build()).await? {
            let number = row.count("number")?;
            summary.resources += number;
            by_account.entry(row.id("account")?).or_default().resources += number;
            by_technology.entry(row.id("technology")?).or_default().resources += number;
        }

        let mut query =
            Builder::new("select account, technology, score, count(*) as number from finding where is_live = 1");
        if !accounts.is_empty() {
            query
                .push(" and account in ")
                .list(accounts.iter().map(AccountId::as_str));
        }
        query.push(" group by account, technology, score");
        let mut by_severity: BTreeMap<Severity, u64> = Severity::ALL.map(|severity| (severity, 0)).into();
        for row in self.db.fetch(query.build()).await? {
            let (number, score) = (row.count("number")?, as_score(row.integer("score")?));
            *by_severity.entry(score.severity()).or_default() += number;
            for group in [
                by_account.entry(row.id("account")?).or_default(),
                by_technology.entry(row.id("technology")?).or_default(),
            ] {
                group.open_findings += number;
                group.highest_score = group.highest_score.max(Some(score));
            }
        }
        summary.open_by_severity = by_severity.into_iter().rev().collect();
        summary.by_account = by_account.into_iter().collect();
        summary.by_technology = by_technology.into_iter().collect();

        let mut query = Builder::new("select cause, count(*) as number from gap");
        query
            .any_of("account in", accounts)
            .push(" group by cause order by cause");
        for row in self.db.fetch(query.build()).await? {
            summary
                .gaps_by_cause
                .push((row.word("cause", GapCause::parse)?, row.count("number")?));
        }
        summary.justified = self
            .count_of(
                "select count(*) as number from finding where status = 'justified'",
                None,
                accounts,
            )
            .await?;
        summary.opened_since = self
            .count_of(
                "select count(*) as number from finding where is_live = 1 and changed_at >= ",
                Some(since),
                accounts,
            )
            .await?;
        let changes = if accounts.is_empty() {
            "select count(*) as number from revision where observed_at >= "
        } else {
            "select count(*) as number from revision join resource on resource.id = revision.resource where observed_at >= "
        };
        summary.changes_since = self.count_of(changes, Some(since), accounts).await?;
        Ok(summary)
    }

    async fn count_of(&self, sql: &'static str, since: Option<Timestamp>, accounts: &[AccountId]) -> Result<u64> {
        let mut query = Builder::new(sql);
        if let Some(since) = since {
            query.value(since);
        }
        if !accounts.is_empty() {
            query
                .push(" and account in ")
                .list(accounts.iter().map(AccountId::as_str));
        }
        let row = self.db.fetch_optional(query.build()).await?;
        row.map_or(Ok(0), |row| row.count("number"))
    }
}
