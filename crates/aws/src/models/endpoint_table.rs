//! The endpoints of one service, as botocore's rule engine gave them for every known region.

use std::collections::BTreeMap;

/// What [`crate::endpoint::resolve`] looks up.
#[derive(Debug)]
pub(crate) struct EndpointTable {
    pub(super) rows: Vec<EndpointRow>,
    /// By operation's set, then variant (standard, FIPS), then partition.
    pub(super) sets: Vec<[Vec<PartitionEndpoints>; 2]>,
}

/// One template; `{region}` stands for the region asked for.
#[derive(Debug)]
pub(crate) struct EndpointRow {
    pub(crate) url: String,
    pub(crate) signing_region: String,
    pub(crate) signing_name: String,
}

/// The most common row of a partition, and the regions that have another or none. Indexes into the rows.
#[derive(Debug)]
pub(super) struct PartitionEndpoints {
    pub(super) default: Option<usize>,
    pub(super) exceptions: BTreeMap<String, Option<usize>>,
}

impl EndpointTable {
    /// The row for a region; `None` if the service has no endpoint there.
    pub(crate) fn row(&self, set: usize, is_fips: bool, partition: usize, region: &str) -> Option<&EndpointRow> {
        let endpoints = self.sets.get(set)?[usize::from(is_fips)].get(partition)?;
        let row = endpoints.exceptions.get(region).copied().unwrap_or(endpoints.default);
        self.rows.get(row?)
    }
}
