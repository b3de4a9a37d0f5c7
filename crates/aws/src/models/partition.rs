//! Partitions: `aws`, `aws-cn`, `aws-us-gov` and the isolated ones.

/// A group of regions with its own ARNs, accounts and global services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name, the second field of an ARN: `aws-cn`.
    pub name: String,
    /// `amazonaws.com.cn`.
    pub dns_suffix: String,
    /// The region that signs for global services, `us-east-1`.
    pub global_region: String,
    /// Beginnings of its regions' names, from AWS's pattern: `cn`.
    pub region_prefixes: Vec<String>,
    /// The regions known when the table was made, sorted; newer ones may exist.
    pub regions: Vec<String>,
}

/// Index of the partition a region belongs to.
pub(super) fn index_of(partitions: &[Partition], region: &str) -> usize {
    let known = |partition: &Partition| {
        partition
            .regions
            .binary_search_by(|name| name.as_str().cmp(region))
            .is_ok()
    };
    let position = partitions.iter().position(known);
    position
        .or_else(|| partitions.iter().position(|partition| partition.matches(region)))
        .unwrap_or(0)
}

impl Partition {
    /// Whether the region's name follows this partition's pattern: `<prefix>-<word>-<number>`.
    fn matches(&self, region: &str) -> bool {
        self.region_prefixes.iter().any(|prefix| {
            let Some(rest) = region
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_prefix('-'))
            else {
                return false;
            };
            rest.split_once('-').is_some_and(|(word, number)| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
    }
}
