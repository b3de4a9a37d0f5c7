//! What AWS's models do not say: quirks of single services, as botocore's handlers have them.

use serde_json::{Map, Value};

use super::scalar::percent_decoded;
use crate::models::{Operation, Service};

/// Members of S3's lists that are percent-encoded when the answer says `EncodingType: url`.
const S3_ENCODED: [&str; 8] = [
    "Delimiter",
    "Key",
    "KeyMarker",
    "Marker",
    "NextKeyMarker",
    "NextMarker",
    "Prefix",
    "StartAfter",
];

/// S3's lists, which are asked for with `encoding-type=url`, because XML cannot hold all names of objects.
pub(super) fn is_url_encoded(service: &Service, operation: &Operation) -> bool {
    service.name == "s3"
        && matches!(
            operation.name.as_str(),
            "ListObjects" | "ListObjectsV2" | "ListObjectVersions"
        )
}

/// Completes parameters before they are checked.
pub(super) fn prepare(service: &Service, operation: &Operation, params: &mut Map<String, Value>) {
    match service.name.as_str() {
        "s3" if is_url_encoded(service, operation) => {
            params.entry("EncodingType").or_insert_with(|| "url".into());
        }
        // The answers say `/hostedzone/Z1`, the requests want `Z1`.
        "route53" => {
            for name in ["Id", "HostedZoneId", "DelegationSetId", "ResourceId"] {
                if let Some(Value::String(id)) = params.get_mut(name) {
                    *id = id.rsplit('/').next().unwrap_or_default().to_owned();
                }
            }
        }
        // `-` is the account of the credentials.
        "glacier" => {
            params.entry("accountId").or_insert_with(|| "-".into());
        }
        _ => {}
    }
}

/// Headers that a service wants on every request.
pub(super) fn headers(service: &Service) -> Option<(String, String)> {
    let header = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    match service.name.as_str() {
        // Without it the answers are HAL, with other names of members.
        "apigateway" => header("Accept", "application/json"),
        "glacier" => header("x-amz-glacier-version", &service.api_version),
        _ => None,
    }
}

/// Corrects an answer.
pub(super) fn process(service: &Service, operation: &Operation, members: &mut Map<String, Value>) {
    if is_url_encoded(service, operation) && members.get("EncodingType").is_some_and(|encoding| encoding == "url") {
        members.remove("EncodingType");
        decode_names(members);
    }
}

fn decode_names(members: &mut Map<String, Value>) {
    for (name, value) in members.iter_mut() {
        match value {
            Value::String(text) if S3_ENCODED.contains(&name.as_str()) => {
                // S3 writes a blank as `+`.
                if let Some(decoded) = percent_decoded(&text.replace('+', " ")) {
                    *text = decoded;
                }
            }
            Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).for_each(decode_names),
            _ => {}
        }
    }
}
