//! The root element of an answer in XML: what is not called as the operation's answer is called is not taken for an answer with nothing in it.

use super::error::DecodeProblem;
use crate::models::{Member, Operation, Protocol, Service};

/// Answers of S3 that are not called after their operation: Amazon S3 API Reference, "Response Syntax" of each operation. botocore's models
/// do not have them. An operation of S3 that is missing here may answer with any element.
const OF_S3: [(&str, &str); 24] = [
    ("GetBucketAccelerateConfiguration", "AccelerateConfiguration"),
    ("GetBucketAcl", "AccessControlPolicy"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLocation", "LocationConstraint"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    // What moto calls it, the server of the tests and of the demonstration.
    ("GetBucketNotificationConfiguration", "GetBucketNotificationResponse"),
    ("GetBucketRequestPayment", "RequestPaymentConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetObjectAcl", "AccessControlPolicy"),
    ("GetObjectTagging", "Tagging"),
    (
        "ListBucketAnalyticsConfigurations",
        "ListBucketAnalyticsConfigurationResult",
    ),
    ("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
    ("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("ListDirectoryBuckets", "ListAllMyDirectoryBucketsResult"),
    ("ListMultipartUploads", "ListMultipartUploadsResult"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjects", "ListBucketResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("ListParts", "ListPartsResult"),
];

/// Endings of an answer's name after the operation's: EC2 and Route 53, S3 Control and CloudFront, botocore's for S3.
const ENDINGS: [&str; 3] = ["Response", "Result", "Output"];

/// Refuses a root element that is another answer's. Query's answers are told by the element inside, which the models name.
pub(super) fn check(
    service: &Service,
    operation: &Operation,
    payload: Option<&Member>,
    root: &str,
) -> Result<(), DecodeProblem> {
    // A proxy's page, or one of S3's errors with status 200, is well-formed too.
    let is_page_or_error = root.eq_ignore_ascii_case("html") || root == "Error" || root == "ErrorResponse";
    if is_page_or_error || !(service.protocol == Protocol::Query || fits(service, operation, payload, root)) {
        return Err(DecodeProblem::NotAnAnswer {
            what: format!("<{root}>"),
        });
    }
    Ok(())
}

fn fits(service: &Service, operation: &Operation, payload: Option<&Member>, root: &str) -> bool {
    let after_operation = root.strip_prefix(operation.name.as_str());
    if after_operation.is_some_and(|ending| ENDINGS.contains(&ending)) {
        return true;
    }
    match (service.name.as_str(), operation.name.as_str(), payload) {
        // The model names it for another list than the one it is: which of both it is called is documented nowhere.
        ("cloudfront", "ListDistributionsByOwnedResource", _) => true,
        (_, _, Some(payload)) => root == payload.wire_name || root == payload.name,
        ("s3", name, None) => {
            let mut names = OF_S3.iter().filter(|(of, _)| *of == name).peekable();
            names.peek().is_none() || names.any(|(_, documented)| *documented == root)
        }
        ("s3control", "ListStorageLensConfigurations", None) => root == "ListStorageLensConfigurationResult",
        (_, _, None) => false,
    }
}
