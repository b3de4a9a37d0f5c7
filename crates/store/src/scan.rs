//! Scans: their beginning, their end, and when each scope was last seen completely.

use std::collections::BTreeSet;

use security_monkey_model::{AccountId, CoverageGap, Region, Scope, TechnologyId, Timestamp};

use crate::db::{Builder, Row, Statement, Transaction, statements};
use crate::record::LeaseHold;
use crate::record::deletion::{coverage_event, delete_unseen};
use crate::{Cursor, Page, PageOf, ResourceRow, Result, ScanId, Store, StoreError};

statements! {
    PUT_SCOPE = "insert into scope (account, region, technology, last_started_at) values ($1, $2, $3, $4)
        on conflict (account, technology, region) do update set last_started_at = excluded.last_started_at returning id";
    BEGIN = "insert into scan (scope, started_at) values ($1, $2) returning id";
    RUNNING = "select scan.scope, account, region, technology, last_complete_at from scan join scope on scope.id = scan.scope
        where scan.id = $1 and finished_at is null";
    FINISH = "update scan set finished_at = $2, is_complete = $3, resources = $4, deleted = $5, gaps = $6, calls = $7 where id = $1";
    FINISH_SCOPE = "update scope set last_finished_at = $2, is_complete = $3,
        last_complete_at = case when cast($3 as bigint) = 1 then $2 else last_complete_at end where id = $1";
    /// What was begun then counts as not finished: it is due at once.
    NOT_LOOKED_AT = "update scope set last_started_at = null where id = $1";
    SCOPE_TIMES = "select account, region, technology, last_started_at, last_finished_at, is_complete from scope where account = $1
        order by account, technology, region";
    PRUNE = "delete from scan where started_at < $1 and id not in (select max(s.id) from scan s group by s.scope)";
}

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
    /// When its last scan began; none: since it was out of sight as a whole, none has.
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

fn read_scope(row: &Row) -> Result<Scope> {
    Ok(Scope {
        account: row.id("account")?,
        region: row.id("region")?,
        technology: row.id("technology")?,
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// When a scope was looked at, without what is in it: what a scheduler asks often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeTimes {
    /// The scope.
    pub scope: Scope,
    /// When its last scan began; none: since it was out of sight as a whole, none has.
    pub last_started_at: Option<Timestamp>,
    /// When its last scan ended, complete or not.
    pub last_finished_at: Option<Timestamp>,
    /// Whether the last finished scan was complete.
    pub is_complete: bool,
}

impl Store {
    /// Begins a scan.
    pub async fn begin_scan(&self, scope: &Scope, at: Timestamp) -> Result<ScanId> {
        let mut transaction = self.db.begin().await?;
        let (scan, _) = begin(&mut transaction, scope, at).await?;
        transaction.commit().await?;
        Ok(scan)
    }

    /// Records that a scope cannot be looked at as a whole, in one transaction: this is its only gap from now on, nothing of it counts as
    /// deleted. The list of scans has it as one without calls; [`ScopeTimes`] say that none has begun since, so that the scope is scanned
    /// as soon as it can be.
    pub async fn record_out_of_sight(&self, scope: &Scope, gap: CoverageGap, at: Timestamp) -> Result<FinishReport> {
        let mut transaction = self.db.begin().await?;
        let (scan, scope_row) = begin(&mut transaction, scope, at).await?;
        let end = ScanEnd {
            gaps: vec![gap],
            ..ScanEnd::default()
        };
        let report = finish(&mut transaction, scan, &end, at).await?;
        transaction
            .execute(Statement::of(NOT_LOOKED_AT).bind(scope_row))
            .await?;
        transaction.commit().await?;
        Ok(report)
    }

    /// Ends a scan in one transaction: gaps of the scope replaced; where the listing was complete, resources of the scope
    /// that were not seen recorded as deleted and their findings resolved; events; chain entry; the scan's row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it has ended already, [`StoreError::LeaseLost`].
    pub async fn finish_scan(&self, scan: ScanId, end: ScanEnd, at: Timestamp) -> Result<FinishReport> {
        let mut transaction = self.db.begin().await?;
        let report = finish(&mut transaction, scan, &end, at).await?;
        transaction.commit().await?;
        Ok(report)
    }

    /// Scans, newest first.
    pub async fn scans(&self, filter: &ScanFilter, page: &Page) -> Result<PageOf<Scan>> {
        let mut query = Builder::new(
            "select scan.id, account, region, technology, started_at, finished_at, scan.is_complete, resources, created, changed,
            deleted, gaps, calls from scan join scope on scope.id = scan.scope",
        );
        query
            .any_of("account in", &filter.accounts)
            .any_of("region in", &filter.regions);
        query.any_of("technology in", &filter.technologies);
        if let Some(is_incomplete) = filter.incomplete {
            query
                .condition("finished_at is not null and scan.is_complete = ")
                .value(!is_incomplete);
        }
        if let Some([id]) = page.numbers()? {
            query.condition("scan.id < ").value(id);
        }
        query.push(" order by scan.id desc limit ").value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let scans = rows.iter().map(|row| {
            Ok(Scan {
                id: ScanId(row.integer("id")?),
                scope: read_scope(row)?,
                started_at: row.time("started_at")?,
                finished_at: row.optional_time("finished_at")?,
                is_complete: row.is_true("is_complete")?,
                resources: row.count("resources")?,
                created: row.count("created")?,
                changed: row.count("changed")?,
                deleted: row.count("deleted")?,
                gaps: row.count("gaps")?,
                calls: row.count("calls")?,
            })
        });
        Ok(PageOf::cut(scans.collect::<Result<Vec<_>>>()?, page, |scan| {
            Cursor::of(&[scan.id.0])
        }))
    }

    /// The state of every scope ever scanned (of one account, if given), by account, technology and region.
    pub async fn scopes(&self, account: Option<&AccountId>) -> Result<Vec<ScopeStatus>> {
        let mut query = Builder::new(
            "select scope.account, scope.region, scope.technology, last_started_at, last_finished_at, last_complete_at, is_complete,
            coalesce(active.count, 0) as active_resources from scope
            left join (select scope, count(*) as count from resource where is_active = 1 group by scope) as active
                on active.scope = scope.id",
        );
        if let Some(account) = account {
            query.condition("scope.account = ").value(account.as_str());
        }
        query.push(" order by scope.account, scope.technology, scope.region");
        let rows = self.db.fetch(query.build()).await?;
        rows.iter()
            .map(|row| {
                Ok(ScopeStatus {
                    scope: read_scope(row)?,
                    last_started_at: row.optional_time("last_started_at")?,
                    last_finished_at: row.optional_time("last_finished_at")?,
                    last_complete_at: row.optional_time("last_complete_at")?,
                    is_complete: row.is_true("is_complete")?,
                    active_resources: row.count("active_resources")?,
                })
            })
            .collect()
    }

    /// When each scope of an account was looked at. Reads a row per scope and no resource, unlike [`Store::scopes`].
    pub async fn scope_times(&self, account: &AccountId) -> Result<Vec<ScopeTimes>> {
        let rows = self.db.fetch(Statement::of(SCOPE_TIMES).bind(account.as_str())).await?;
        rows.iter()
            .map(|row| {
                Ok(ScopeTimes {
                    scope: read_scope(row)?,
                    last_started_at: row.optional_time("last_started_at")?,
                    last_finished_at: row.optional_time("last_finished_at")?,
                    is_complete: row.is_true("is_complete")?,
                })
            })
            .collect()
    }

    /// Forgets the rows of scans that began before this instant, except each scope's last one. History is untouched.
    pub async fn prune_scans(&self, before: Timestamp) -> Result<u64> {
        self.db.execute(Statement::of(PRUNE).bind(before)).await
    }
}

async fn begin(transaction: &mut Transaction, scope: &Scope, at: Timestamp) -> Result<(ScanId, i64)> {
    let upsert = Statement::of(PUT_SCOPE)
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(scope.technology.as_str())
        .bind(at);
    let scope_row = transaction.fetch_one(upsert).await?.integer("id")?;
    let scan = Statement::of(BEGIN).bind(scope_row).bind(at);
    let scan = ScanId(transaction.fetch_one(scan).await?.integer("id")?);
    Ok((scan, scope_row))
}

async fn finish(transaction: &mut Transaction, scan: ScanId, end: &ScanEnd, at: Timestamp) -> Result<FinishReport> {
    transaction.check_lease(end.lease.as_ref()).await?;
    let Some(row) = transaction.fetch_optional(Statement::of(RUNNING).bind(scan)).await? else {
        return Err(StoreError::Conflict(format!("scan {scan} is not running")));
    };
    let (scope, scope_row) = (read_scope(&row)?, row.integer("scope")?);
    let last_complete_at = row.optional_time("last_complete_at")?;
    let is_complete = end.is_listing_complete && !end.gaps.iter().any(CoverageGap::hides_resources);

    // First of all writes, as where a scope is out of sight: two that take the scope's row, its gaps and the chain's head in different
    // orders wait for each other.
    let seen = Statement::of(FINISH_SCOPE).bind(scope_row).bind(at).bind(is_complete);
    transaction.execute(seen).await?;
    let gaps = crate::gap::replace(transaction, scope_row, &scope, &end.gaps, at).await?;
    let mut report = FinishReport {
        is_complete,
        opened_gaps: gaps.opened,
        closed_gaps: gaps.closed,
        ..FinishReport::default()
    };
    let mut events = Vec::new();
    let hiding = || end.gaps.iter().filter(|gap| gap.hides_resources());
    let worst = hiding()
        .find(|gap| !gap.cause.is_expected())
        .or_else(|| hiding().next());
    if worst.is_some() || is_complete {
        events.extend(coverage_event(&scope, gaps.was_unreadable, worst));
    }
    if is_complete {
        let deletions = delete_unseen(transaction, scope_row, &end.seen, last_complete_at, at).await?;
        events.extend(deletions.events);
        if !deletions.rows.is_empty() {
            transaction
                .append_to_chain(deletions.recording, at, deletions.leaves)
                .await?;
        }
        report.deleted = deletions.rows;
    }
    let finish = Statement::of(FINISH)
        .bind(scan)
        .bind(at)
        .bind(is_complete)
        .bind(count(end.seen.len()))
        .bind(count(report.deleted.len()))
        .bind(count(end.gaps.len()))
        .bind(i64::try_from(end.calls).unwrap_or(i64::MAX));
    transaction.execute(finish).await?;
    report.events = events.len();
    if !events.is_empty() {
        transaction.lock_head().await?;
        transaction.write_events(at, &events).await?;
    }
    Ok(report)
}
