//! Coverage gaps that are open now, and since when.

use security_monkey_model::{AccountId, CoverageGap, GapCause, Region, ResourceId, Scope, TechnologyId, Timestamp};

use crate::{Page, PageOf, Result, Store, StoreError};

/// Which gaps are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GapFilter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// In these regions.
    pub regions: Vec<Region>,
    /// Of these technologies.
    pub technologies: Vec<TechnologyId>,
    /// With these causes.
    pub causes: Vec<GapCause>,
    /// Of this resource.
    pub resource: Option<ResourceId>,
    /// Without those nobody needs to act on ([`GapCause::is_expected`]).
    pub hides_expected: bool,
}

/// A gap and its scope.
#[derive(Debug, Clone, PartialEq)]
pub struct GapSummary {
    /// Its number, which orders the list.
    pub id: i64,
    /// Where.
    pub scope: Scope,
    /// What and why.
    pub gap: CoverageGap,
    /// Since which scan's end it has been open.
    pub since: Timestamp,
}

impl Store {
    /// Open gaps, those that hide whole listings first, then the newest.
    pub async fn gaps(&self, filter: &GapFilter, page: &Page) -> Result<PageOf<GapSummary>> {
        let _ = (filter, page);
        Err(StoreError::NotYet)
    }
}
