//! The regions of an account.

use security_monkey_aws::models::Models;
use security_monkey_aws::{Api, AwsError, Call, ErrorKind};
use security_monkey_model::Region;
use serde_json::{Value, json};

/// A region of the account's partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionStatus {
    /// The region.
    pub region: Region,
    /// Whether it is switched on for the account.
    pub is_enabled: bool,
}

/// All regions of the partition, with whether they are switched on for the account (`ec2:DescribeRegions`), sorted by name.
pub async fn regions(api: &dyn Api, partition: &str) -> Result<Vec<RegionStatus>, AwsError> {
    let place = call_region(partition);
    let call = Call::new("ec2", "DescribeRegions").with(json!({ "AllRegions": true }));
    let answer = api.call(&place, call).await?;
    let malformed = |message: String| AwsError {
        kind: ErrorKind::Malformed,
        service: "ec2".to_owned(),
        operation: "DescribeRegions".to_owned(),
        region: place.clone(),
        code: None,
        message,
        request_id: answer.request_id.clone(),
    };
    let listed = answer.value.get("Regions").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| malformed("the answer has no list of regions".to_owned()))?;
    let mut regions = listed
        .iter()
        .map(|element| {
            let name = element.get("RegionName").and_then(Value::as_str).unwrap_or_default();
            Ok(RegionStatus {
                region: Region::parse(name).map_err(|error| malformed(error.to_string()))?,
                is_enabled: element.get("OptInStatus").and_then(Value::as_str) != Some("not-opted-in"),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if regions.is_empty() {
        // Believed, it would mean that there is nowhere to look, and nothing anywhere.
        return Err(malformed("the answer's list of regions is empty".to_owned()));
    }
    regions.sort_by(|a, b| a.region.cmp(&b.region));
    Ok(regions)
}

/// Where the calls of global technologies go.
pub(crate) fn call_region(partition: &str) -> String {
    Models::embedded()
        .partitions()
        .iter()
        .find(|known| known.name == partition)
        .map_or_else(|| "us-east-1".to_owned(), |known| known.global_region.clone())
}
