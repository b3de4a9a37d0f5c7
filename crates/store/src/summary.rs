//! Counts for the dashboard.

use security_monkey_model::{AccountId, GapCause, Severity, TechnologyId, Timestamp};

use crate::{Result, Store, StoreError};

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
        let _ = (accounts, since);
        Err(StoreError::NotYet)
    }
}
