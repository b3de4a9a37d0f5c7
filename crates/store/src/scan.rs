//! Scans: their beginning, their end, and when each scope was last seen completely.

use std::collections::BTreeSet;

use security_monkey_model::{AccountId, CoverageGap, Region, Scope, TechnologyId, Timestamp};

use crate::record::LeaseHold;
use crate::{Page, PageOf, ResourceRow, Result, ScanId, Store, StoreError};

/// What a scan found, at its end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanEnd {
    /// The resources this scan saw, unchanged ones included.
    pub seen: BTreeSet<ResourceRow>,
    /// What it could not read. A gap that [`CoverageGap::hides_resources`] makes the scan incomplete: nothing is deleted.
    pub gaps: Vec<CoverageGap>,
    /// Whether the listing came to its end; false also without a gap (cancelled): nothing is deleted then either.
    pub is_listing_complete: bool,
    /// Calls made to AWS.
    pub calls: u64,
    /// Checked inside the transaction.
    pub lease: Option<LeaseHold>,
}

/// What ending a scan did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FinishReport {
    /// Whether the listing was complete.
    pub is_complete: bool,
    /// Resources recorded as deleted.
    pub deleted: Vec<ResourceRow>,
    /// Gaps that were not there before.
    pub opened_gaps: usize,
    /// Gaps that are no longer there.
    pub closed_gaps: usize,
    /// Events put into the outbox.
    pub events: usize,
}

/// One scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Its number.
    pub id: ScanId,
    /// What it covered.
    pub scope: Scope,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none: it is running, or its process died.
    pub finished_at: Option<Timestamp>,
    /// Whether its listing was complete.
    pub is_complete: bool,
    /// Resources seen.
    pub resources: u64,
    /// Resources seen for the first time, or again after a deletion.
    pub created: u64,
    /// Resources changed durably.
    pub changed: u64,
    /// Resources no longer there.
    pub deleted: u64,
    /// Gaps open at its end.
    pub gaps: u64,
    /// Calls made to AWS.
    pub calls: u64,
}

/// Which scans are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanFilter {
    /// Of these accounts.
    pub accounts: Vec<AccountId>,
    /// Of these regions.
    pub regions: Vec<Region>,
    /// Of these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Only those that ended incomplete (true) or complete (false).
    pub incomplete: Option<bool>,
}

/// When a scope was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeStatus {
    /// The scope.
    pub scope: Scope,
    /// When its last scan began.
    pub last_started_at: Option<Timestamp>,
    /// When its last scan ended, complete or not.
    pub last_finished_at: Option<Timestamp>,
    /// When its last complete scan ended; "unknown since" when older than the last.
    pub last_complete_at: Option<Timestamp>,
    /// Whether the last finished scan was complete.
    pub is_complete: bool,
    /// Resources of it that exist as far as we know.
    pub active_resources: u64,
}

impl Store {
    /// Begins a scan.
    pub async fn begin_scan(&self, scope: &Scope, at: Timestamp) -> Result<ScanId> {
        let _ = (scope, at);
        Err(StoreError::NotYet)
    }

    /// Ends a scan in one transaction: gaps of the scope replaced; where the listing was complete, resources of the scope
    /// that were not seen recorded as deleted and their findings resolved; events; chain entry; the scan's row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it has ended already, [`StoreError::LeaseLost`].
    pub async fn finish_scan(&self, scan: ScanId, end: ScanEnd, at: Timestamp) -> Result<FinishReport> {
        let _ = (scan, end, at);
        Err(StoreError::NotYet)
    }

    /// Scans, newest first.
    pub async fn scans(&self, filter: &ScanFilter, page: &Page) -> Result<PageOf<Scan>> {
        let _ = (filter, page);
        Err(StoreError::NotYet)
    }

    /// The state of every scope ever scanned (of one account, if given).
    pub async fn scopes(&self, account: Option<&AccountId>) -> Result<Vec<ScopeStatus>> {
        let _ = account;
        Err(StoreError::NotYet)
    }

    /// Forgets the rows of scans that began before this instant, except each scope's last one. History is untouched.
    pub async fn prune_scans(&self, before: Timestamp) -> Result<u64> {
        let _ = before;
        Err(StoreError::NotYet)
    }
}
