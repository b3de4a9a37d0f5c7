//! One scan: the resources of some technologies of one account and region, as a stream.
//!
//! Owns the order of calls within a scan. Deliberately knows no schedule, no history and no other account.

mod describe;
mod gap;
mod join;
mod list;
mod page;
mod resource;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::Stream;
use security_monkey_aws::Api;
use security_monkey_model::document::Salt;
use security_monkey_model::{AccountId, CoverageGap, ObservedResource, Region, TechnologyId};

pub use gap::gap_cause;

use crate::technology::Technology;

/// Where a scan looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPlace {
    /// The account; the [`Api`] acts in its name.
    pub account: AccountId,
    /// The region; [`Region::global`] for global technologies.
    pub region: Region,
    /// The partition, `aws`: decides where the calls of global technologies go, and how ARNs begin.
    pub partition: Arc<str>,
    /// All regions of the account that are scanned. What is seen in several of them, and lives in none, belongs to the first.
    pub regions: Arc<BTreeSet<Region>>,
}

/// What a scan reports.
#[derive(Debug, Clone, PartialEq)]
pub enum ScanItem {
    /// Resources, at most [`Limits::batch_size`] and none twice in one batch. Secrets are already digests.
    Batch {
        /// Their technology.
        technology: TechnologyId,
        /// The resources, in AWS's order.
        resources: Vec<ObservedResource>,
    },
    /// Something that could not be read.
    Gap {
        /// The technology that is concerned.
        technology: TechnologyId,
        /// What, and why.
        gap: CoverageGap,
    },
    /// A resource of the list that its own calls did not know: most likely deleted in between. It was reported with what those calls
    /// give as unread. The next list decides; only if that still has it, this was a gap.
    Gone {
        /// The technology that is concerned.
        technology: TechnologyId,
        /// The gap it is in that case.
        gap: CoverageGap,
    },
    /// The technology's scan is over; exactly one per technology, its last item.
    End {
        /// The technology.
        technology: TechnologyId,
        /// Whether the listing was complete: what it did not contain does not exist.
        complete: bool,
        /// How many resources were reported.
        resources: usize,
        /// Calls made for this technology; a call shared with others counts for each of them.
        calls: u32,
        /// Members AWS sent that our API table does not know, `s3:ListBuckets /Buckets[]/NewMember`, sorted. Their values are in the documents.
        unknown_members: Vec<String>,
    },
}

/// Bounds of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most resources in one batch.
    pub batch_size: usize,
    /// Resources whose detail calls are made at the same time, per list call. The client's own limits apply besides.
    pub details_in_flight: usize,
    /// List calls followed at the same time.
    pub lists_in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Several batches are under way at a time, and a decoded resource takes ten times its text: 500 took 115 MB.
            batch_size: 250,
            details_in_flight: 16,
            lists_in_flight: 4,
        }
    }
}

/// Scans. Cheap to clone; holds no state between scans.
#[derive(Debug, Clone)]
pub struct Scanner {
    salt: Salt,
    limits: Limits,
}

impl Scanner {
    /// A scanner that digests secrets with this salt.
    pub const fn new(salt: Salt, limits: Limits) -> Self {
        Self { salt, limits }
    }

    /// Scans some technologies at one place. Those that list with the same call share it.
    ///
    /// Memory is bounded by one page and one batch per list call in flight, and what `join` calls hold. Dropping the
    /// stream cancels the scan. All technologies must be of the place's reach: global ones with [`Region::global`],
    /// regional ones with a region.
    pub fn scan<'a>(
        &'a self,
        api: &'a dyn Api,
        place: &'a ScanPlace,
        technologies: &'a [&'a Technology],
    ) -> impl Stream<Item = ScanItem> + Send + 'a {
        list::scan(&self.salt, self.limits, api, place, technologies)
    }
}
