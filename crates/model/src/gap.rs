//! Coverage gaps: places or fields a scan could not read. Data, never a log line.

use serde::{Deserialize, Serialize};

use crate::identifier::ResourceId;

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapCause {
    /// AWS refused: permissions are missing.
    Denied,
    /// AWS kept throttling until we gave up.
    Throttled,
    /// The service has no endpoint in the region.
    NotAvailableInRegion,
    /// The region is not switched on for the account.
    RegionDisabled,
    /// The account has not subscribed to the service.
    NotSubscribed,
    /// No answer in time.
    Timeout,
    /// The answer could not be understood.
    Malformed,
    /// No usable credentials for the account: a role that cannot be assumed, an expired session.
    Credentials,
    /// The connection failed.
    Transport,
    /// Any other error AWS reported.
    ServiceError,
}

impl GapCause {
    /// All causes.
    pub const ALL: [Self; 10] = [
        Self::Denied,
        Self::Throttled,
        Self::NotAvailableInRegion,
        Self::RegionDisabled,
        Self::NotSubscribed,
        Self::Timeout,
        Self::Malformed,
        Self::Credentials,
        Self::Transport,
        Self::ServiceError,
    ];

    /// The text in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::NotAvailableInRegion => "not-available-in-region",
            Self::RegionDisabled => "region-disabled",
            Self::NotSubscribed => "not-subscribed",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Credentials => "credentials",
            Self::Transport => "transport",
            Self::ServiceError => "service-error",
        }
    }

    /// The cause with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }

    /// Whether nothing can exist where we could not look (the service or region is not there), so nobody needs to act.
    pub const fn is_expected(self) -> bool {
        matches!(
            self,
            Self::NotAvailableInRegion | Self::RegionDisabled | Self::NotSubscribed
        )
    }
}

/// One thing a scan could not read. Its scope is that of the scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CoverageGap {
    /// The resource whose field could not be read; none: the listing itself, or a field of every resource.
    pub resource: Option<ResourceId>,
    /// The document path that could not be read (`Policy`); none: all of it, or the listing.
    pub field: Option<String>,
    /// The AWS call, `s3:GetBucketPolicy`.
    pub operation: String,
    /// The kind of failure.
    pub cause: GapCause,
    /// AWS's error code, when it gave one.
    pub code: Option<String>,
    /// AWS's message or ours, without secrets; and what to do where we know.
    pub message: String,
}

impl CoverageGap {
    /// Whether the listing itself is incomplete, so that absence proves nothing.
    pub fn hides_resources(&self) -> bool {
        self.resource.is_none() && self.field.is_none()
    }
}
