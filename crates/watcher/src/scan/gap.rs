//! Failed calls as coverage gaps.

use security_monkey_aws::{AwsError, ErrorKind};
use security_monkey_model::{CoverageGap, GapCause, ResourceId};

/// The gap that a failed call leaves.
pub(super) fn of(error: &AwsError, resource: Option<ResourceId>, field: Option<String>) -> CoverageGap {
    let said = if error.message.is_empty() {
        "AWS gave no message"
    } else {
        &error.message
    };
    CoverageGap {
        resource,
        field,
        operation: format!("{}:{}", error.service, error.operation),
        cause: gap_cause(error.kind),
        code: error.code.clone(),
        message: format!("{said}; hint: {}", error.kind.hint()),
    }
}

/// A gap for an answer that came, and cannot be used.
pub(super) fn malformed(operation: &str, message: String) -> CoverageGap {
    CoverageGap {
        resource: None,
        field: None,
        operation: operation.to_owned(),
        cause: GapCause::Malformed,
        code: None,
        message,
    }
}

/// A failed call as the cause of a gap.
pub const fn gap_cause(kind: ErrorKind) -> GapCause {
    match kind {
        ErrorKind::Denied => GapCause::Denied,
        ErrorKind::Throttled => GapCause::Throttled,
        ErrorKind::NotAvailableInRegion => GapCause::NotAvailableInRegion,
        ErrorKind::RegionDisabled => GapCause::RegionDisabled,
        ErrorKind::NotSubscribed => GapCause::NotSubscribed,
        ErrorKind::ExpiredCredentials | ErrorKind::Credentials => GapCause::Credentials,
        ErrorKind::Malformed => GapCause::Malformed,
        ErrorKind::Timeout => GapCause::Timeout,
        ErrorKind::Transport => GapCause::Transport,
        ErrorKind::NotFound | ErrorKind::Service | ErrorKind::BadParams => GapCause::ServiceError,
    }
}
