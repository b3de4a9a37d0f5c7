//! What is to be scanned, how a scan comes along, and what it came to.

use security_monkey_model::{AccountId, CoverageGap, Region, Scope, TechnologyId};

/// Part of the estate; empty lists mean everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these accounts.
    pub accounts: Vec<AccountId>,
    /// Only these regions; global technologies are in [`Region::global`], and always in when no region is named.
    pub regions: Vec<Region>,
    /// Only these technologies.
    pub technologies: Vec<TechnologyId>,
}

impl Selection {
    /// Whether the scope is in.
    pub fn contains(&self, scope: &Scope) -> bool {
        (self.accounts.is_empty() || self.accounts.contains(&scope.account))
            && (self.regions.is_empty() || self.regions.contains(&scope.region))
            && (self.technologies.is_empty() || self.technologies.contains(&scope.technology))
    }
}

/// A step of a running scan, for progress bars. None is lost; a slow reader slows the scan.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// These scopes of an account will be scanned.
    Planned {
        /// The account.
        account: AccountId,
        /// How many scopes.
        scopes: usize,
    },
    /// Nothing of an account can be scanned: its credentials fail. Its scopes are reported as gaps.
    AccountUnreadable {
        /// The account.
        account: AccountId,
        /// Why, and what to do.
        message: String,
        /// How many scopes are concerned.
        scopes: usize,
    },
    /// A page of a scope was recorded.
    Recorded {
        /// The scope.
        scope: Scope,
        /// Resources of it seen so far.
        resources: usize,
    },
    /// A scope is done.
    Finished(Box<ScopeReport>),
    /// A scope could not be recorded; what was recorded before stays.
    Failed(FailedScope),
    /// Resources that depend on what changed were audited again.
    AuditedAgain {
        /// How many.
        resources: usize,
    },
}

/// What the scan of one scope came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeReport {
    /// The scope.
    pub scope: Scope,
    /// Whether the listing was complete.
    pub is_complete: bool,
    /// Resources seen.
    pub resources: usize,
    /// Seen for the first time.
    pub created: usize,
    /// Changed durably.
    pub changed: usize,
    /// Seen again after a deletion.
    pub reappeared: usize,
    /// Changed in ephemeral paths only.
    pub ephemeral: usize,
    /// No longer there.
    pub deleted: usize,
    /// Findings opened or reopened.
    pub opened_findings: usize,
    /// Findings resolved.
    pub resolved_findings: usize,
    /// What could not be read.
    pub gaps: Vec<CoverageGap>,
    /// Calls made to AWS.
    pub calls: u64,
    /// Members AWS sent that our API table does not know.
    pub unknown_members: Vec<String>,
}

impl ScopeReport {
    /// A report of nothing yet.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            is_complete: false,
            resources: 0,
            created: 0,
            changed: 0,
            reappeared: 0,
            ephemeral: 0,
            deleted: 0,
            opened_findings: 0,
            resolved_findings: 0,
            gaps: Vec::new(),
            calls: 0,
            unknown_members: Vec::new(),
        }
    }
}

/// A scope whose scan had to be given up because of the store. Nothing of it counts as deleted; it is due again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedScope {
    /// The scope.
    pub scope: Scope,
    /// What happened, and what to do.
    pub message: String,
}

/// What a scan came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanReport {
    /// Every scope that was scanned.
    pub scopes: Vec<ScopeReport>,
    /// Scopes nothing of which was asked for: their region is switched off, or their account's credentials fail. Recorded with this gap.
    pub out_of_sight: Vec<(Scope, CoverageGap)>,
    /// Scopes that could not be recorded.
    pub failed: Vec<FailedScope>,
    /// Scopes that another process is scanning now, left to it.
    pub busy: Vec<Scope>,
    /// Accounts whose credentials fail, with the reason.
    pub unreadable_accounts: Vec<(AccountId, String)>,
    /// What else went wrong, a defect of ours: part of the estate was not looked at, or not audited again.
    pub failures: Vec<String>,
    /// Resources audited again because of what changed.
    pub audited_again: usize,
    /// Whether it was cancelled before its end.
    pub is_cancelled: bool,
    /// Whether the process that recorded here before takes other organisations or networks for known than this one: then findings that
    /// depend on them are opened by one and resolved by the other.
    pub is_at_odds_with_others: bool,
}

impl ScanReport {
    /// Resources seen.
    pub fn resources(&self) -> usize {
        self.scopes.iter().map(|scope| scope.resources).sum()
    }

    /// Revisions recorded: created, changed, reappeared and deleted resources.
    pub fn revisions(&self) -> usize {
        let of = |scope: &ScopeReport| scope.created + scope.changed + scope.reappeared + scope.deleted;
        self.scopes.iter().map(of).sum()
    }

    /// All gaps with their scopes, those of what is out of sight first.
    pub fn gaps(&self) -> impl Iterator<Item = (&Scope, &CoverageGap)> {
        let scanned = self.scopes.iter();
        (self.out_of_sight.iter().map(|(scope, gap)| (scope, gap)))
            .chain(scanned.flat_map(|scope| scope.gaps.iter().map(move |gap| (&scope.scope, gap))))
    }

    /// Whether there was nothing to look at: what was selected is left out by the configuration or by the accounts.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
            && self.out_of_sight.is_empty()
            && self.failed.is_empty()
            && self.failures.is_empty()
            && self.busy.is_empty()
            && self.unreadable_accounts.is_empty()
    }

    /// Whether something was looked at, and everything that was to be scanned was read completely; expected gaps (a service that a region does not have) are fine.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.failures.is_empty()
            && !self.scopes.is_empty()
            && self.busy.is_empty()
            && self.unreadable_accounts.is_empty()
            && !self.is_cancelled
            && self.gaps().all(|(_, gap)| gap.cause.is_expected())
    }
}
