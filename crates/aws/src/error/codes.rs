//! Which code means what. One row per family; a code stands in one family only (tested).
//!
//! Sources: the "Common Errors" page of each service's API reference, botocore's `_retry.json`, the SDKs' shared list of
//! throttling codes, and the error shapes of botocore's models (`*NotFound*`: 97 spellings, hence the suffix rules).

use super::ErrorKind;

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "AllAccessDisabled",
    "Client.UnauthorizedOperation",
    "ForbiddenException",
    "Forbidden",
    "InsufficientPermissionsException",
    "InsufficientPrivilegesException",
    "KMSAccessDenied",
    "NotAuthorized",
    "NotAuthorizedException",
    "OperationNotPermitted",
    "UnauthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
    "UnauthorizedClientException",
];

const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "MissingSecurityHeader",
    "NotSignedUp",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "RequestExpired",
    "ExpiredCredentials",
];

const REGION_DISABLED: &[&str] = &[
    "RegionDisabledException",
    "RegionNotEnabled",
    "UnsupportedRegionException",
];

const NOT_SUBSCRIBED: &[&str] = &[
    "AccountNotRegisteredException",
    "AwsOrganizationsNotInUseException",
    "AWSOrganizationsNotInUseException",
    "InvalidSubscriptionException",
    "NotSubscribedException",
    "OptInRequired",
    "OptInRequiredException",
    "SubscriptionRequiredException",
];

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

const NOT_FOUND: &[&str] = &[
    "404",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "TypeNotFoundException",
];

/// `NoSuchBucket`, `NoSuchTagSet`, … and `ServerSideEncryptionConfigurationNotFoundError`, `InvalidGroup.NotFound`, …
const NOT_FOUND_PREFIXES: &[&str] = &["NoSuch"];
const NOT_FOUND_SUFFIXES: &[&str] = &[
    "NotFound",
    "NotFoundFault",
    "NotFoundException",
    "NotFoundError",
    "DoesNotExist",
];

/// The kind of an AWS error. `opt_in_region`: such a region answers with a credentials code while it is off.
pub(crate) fn kind_of(code: &str, status: u16, opt_in_region: bool) -> ErrorKind {
    if opt_in_region && REFUSED_WHILE_REGION_IS_OFF.contains(&code) {
        return ErrorKind::RegionDisabled;
    }
    for (codes, kind) in FAMILIES {
        if codes.contains(&code) {
            return *kind;
        }
    }
    if NOT_FOUND_PREFIXES.iter().any(|prefix| code.starts_with(prefix))
        || NOT_FOUND_SUFFIXES.iter().any(|suffix| code.ends_with(suffix))
    {
        return ErrorKind::NotFound;
    }
    // Services that send no body, or a code of their own, still say this much.
    match status {
        401 | 403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::Throttled,
        _ => ErrorKind::Service,
    }
}

/// Order decides only where a family is a refinement of another (`RequestExpired`).
const FAMILIES: &[(&[&str], ErrorKind)] = &[
    (THROTTLED, ErrorKind::Throttled),
    (DENIED, ErrorKind::Denied),
    (EXPIRED, ErrorKind::ExpiredCredentials),
    (REGION_DISABLED, ErrorKind::RegionDisabled),
    (NOT_SUBSCRIBED, ErrorKind::NotSubscribed),
    (CREDENTIALS, ErrorKind::Credentials),
    (NOT_FOUND, ErrorKind::NotFound),
];

/// What the global credentials of an account get in a region it has not opted in to (IAM user guide, "Managing
/// AWS STS in an AWS Region").
const REFUSED_WHILE_REGION_IS_OFF: &[&str] = &[
    "AuthFailure",
    "InvalidClientTokenId",
    "InvalidToken",
    "OptInRequired",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
];

/// Regions that every account of the partition has without asking: those opened before 20 March 2019 (AWS General
/// Reference, "Regions that are enabled by default"). Those of the other partitions are all on.
const ALWAYS_ON: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const OTHER_PARTITIONS: &[&str] = &["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"];

/// Must an account ask for this region before it can use it?
pub(crate) fn is_opt_in(region: &str) -> bool {
    !ALWAYS_ON.contains(&region) && !OTHER_PARTITIONS.iter().any(|prefix| region.starts_with(prefix))
}

pub(crate) fn is_throttle(code: &str, status: u16) -> bool {
    kind_of(code, status, false) == ErrorKind::Throttled
}

pub(crate) fn is_expired(code: &str) -> bool {
    EXPIRED.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_in_one_family() {
        let mut seen = std::collections::HashMap::new();
        for (codes, kind) in FAMILIES {
            for code in *codes {
                if let Some(other) = seen.insert(*code, *kind) {
                    panic!("{code} is both {other} and {kind}");
                }
            }
        }
    }
}
