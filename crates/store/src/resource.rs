//! Resources as they are now, and as they were at an instant.

use std::collections::BTreeMap;

use security_monkey_model::{
    AccountId, Change, Digest, Document, Link, Region, ResourceKey, Score, TechnologyId, Timestamp,
};

use crate::{Page, PageOf, ResourceRow, Result, RevisionId, Store, StoreError};

/// Which resources are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceFilter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// Living in these regions (a bucket's own region, not `global`).
    pub regions: Vec<Region>,
    /// Of these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Name, ARN or id contains this, ignoring ASCII case.
    pub name: Option<String>,
    /// The current document holds words that begin with each word of this text (ids, ARNs, addresses, names; lower or upper case).
    pub text: Option<String>,
    /// Carries this tag, with this value if given.
    pub tag: Option<(String, Option<String>)>,
    /// Exists (true) or has been deleted (false).
    pub active: Option<bool>,
    /// Has an open finding of at least this score.
    pub min_score: Option<Score>,
    /// As of this instant: resources that existed then, with the revision of then. `active`, `min_score`, `text` and `tag` still speak of now.
    pub as_of: Option<Timestamp>,
    /// In which order.
    pub order: ResourceOrder,
}

/// The orders of a resource list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResourceOrder {
    /// As they were first recorded.
    #[default]
    Row,
    /// Worst open finding first.
    Score,
    /// Last changed first.
    Changed,
    /// By name.
    Name,
}

/// Open and justified findings of a resource, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceScores {
    /// The highest score of its open (or reopened) findings; none: it has none.
    pub highest: Option<Score>,
    /// Open and reopened findings.
    pub open: u32,
    /// Justified findings.
    pub justified: u32,
}

/// A resource in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSummary {
    /// Its number.
    pub row: ResourceRow,
    /// Account, scan region, technology and id.
    pub key: ResourceKey,
    /// What people call it.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Where it lives.
    pub home_region: Region,
    /// Whether it exists as far as we know (now, also in an as-of list).
    pub is_active: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen: the end of its scope's last complete scan while it is active.
    pub last_seen: Timestamp,
    /// Its newest revision, or in an as-of list the one of then.
    pub revision: RevisionId,
    /// The kind of change that revision is.
    pub change: Change,
    /// When that revision was recorded.
    pub changed_at: Timestamp,
    /// Its findings, counted (now, also in an as-of list).
    pub scores: ResourceScores,
}

/// All of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceDetail {
    /// What a list shows of it.
    pub summary: ResourceSummary,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What it refers to.
    pub links: Vec<Link>,
    /// Its current document; of a deleted resource the last one.
    pub document: Document,
}

/// A resource as rules and collections read it.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentResource {
    /// Its number.
    pub row: ResourceRow,
    /// Account, scan region, technology and id.
    pub key: ResourceKey,
    /// What people call it.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Where it lives.
    pub home_region: Region,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Its current document.
    pub document: Document,
    /// What it refers to.
    pub links: Vec<Link>,
    /// Digest of the rules it was last evaluated with; none: never.
    pub ruleset: Option<Digest>,
}

impl Store {
    /// Resources, in the filter's order.
    pub async fn resources(&self, filter: &ResourceFilter, page: &Page) -> Result<PageOf<ResourceSummary>> {
        let _ = (filter, page);
        Err(StoreError::NotYet)
    }

    /// One resource.
    pub async fn resource(&self, row: ResourceRow) -> Result<Option<ResourceDetail>> {
        let _ = row;
        Err(StoreError::NotYet)
    }

    /// The resource with this key, active or deleted.
    pub async fn find_resource(&self, key: &ResourceKey) -> Result<Option<ResourceRow>> {
        let _ = key;
        Err(StoreError::NotYet)
    }

    /// The resources with this ARN, active ones first.
    pub async fn find_by_arn(&self, arn: &str) -> Result<Vec<ResourceRow>> {
        let _ = arn;
        Err(StoreError::NotYet)
    }

    /// Active resources of one technology of one account, all regions, by number; in pages, because documents are large.
    pub async fn current_of(
        &self,
        account: &AccountId,
        technology: &TechnologyId,
        page: &Page,
    ) -> Result<PageOf<CurrentResource>> {
        let _ = (account, technology, page);
        Err(StoreError::NotYet)
    }

    /// These resources with their documents; unknown and deleted ones are missing.
    pub async fn current(&self, rows: &[ResourceRow]) -> Result<Vec<CurrentResource>> {
        let _ = rows;
        Err(StoreError::NotYet)
    }

    /// The active resources that these links point to, from resources of this account: by id in the same account, or by ARN anywhere.
    pub async fn resolve_links(&self, account: &AccountId, links: &[Link]) -> Result<Vec<CurrentResource>> {
        let _ = (account, links);
        Err(StoreError::NotYet)
    }

    /// The active resources that this one's links point to.
    pub async fn linked(&self, row: ResourceRow) -> Result<Vec<CurrentResource>> {
        let _ = row;
        Err(StoreError::NotYet)
    }

    /// The active resources with a link to any of these.
    pub async fn dependents(&self, rows: &[ResourceRow]) -> Result<Vec<ResourceRow>> {
        let _ = rows;
        Err(StoreError::NotYet)
    }

    /// Active resources of a technology whose last evaluation was with other rules than these (or that never had one), by number.
    pub async fn stale_audits(
        &self,
        technology: &TechnologyId,
        ruleset: &Digest,
        after: ResourceRow,
        limit: u32,
    ) -> Result<Vec<ResourceRow>> {
        let _ = (technology, ruleset, after, limit);
        Err(StoreError::NotYet)
    }
}
