//! What can go wrong with a call, in the terms a caller branches on: [`ErrorKind`] and AWS's own code, never text.
//!
//! The table from codes to kinds is [`codes`]: data, reviewed like data.

mod codes;

use std::fmt;

/// A call that failed, after all its retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct AwsError {
    /// What it means for the caller.
    pub kind: ErrorKind,
    /// botocore's name of the service that was called.
    pub service: String,
    /// The operation that was called.
    pub operation: String,
    /// The region it was called in.
    pub region: String,
    /// AWS's code (`AccessDenied`), when AWS answered.
    pub code: Option<String>,
    /// What happened, for a person. May contain ARNs; never credentials.
    pub message: String,
    /// AWS's request id, when AWS answered.
    pub request_id: Option<String>,
}

/// The meaning of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The credentials are good, and may not do this: a policy, a control policy or a boundary denies it.
    Denied,
    /// What was asked for does not exist.
    NotFound,
    /// AWS kept throttling us until the retries were used up.
    Throttled,
    /// The service has no endpoint in this region.
    NotAvailableInRegion,
    /// The account has not opted in to this region, or it was switched off.
    RegionDisabled,
    /// The account has not subscribed to, or enabled, this service.
    NotSubscribed,
    /// The credentials were good once.
    ExpiredCredentials,
    /// There are no credentials, they are wrong, or a role could not be assumed.
    Credentials,
    /// AWS answered with any other error.
    Service,
    /// The parameters do not fit the operation, or there is no such operation: a defect of the caller.
    BadParams,
    /// AWS's answer could not be decoded.
    Malformed,
    /// AWS took too long.
    Timeout,
    /// No answer at all: connection refused, reset, TLS failure, proxy failure.
    Transport,
}

/// Every kind with its name.
const NAMES: &[(ErrorKind, &str)] = &[
    (ErrorKind::Denied, "denied"),
    (ErrorKind::NotFound, "not-found"),
    (ErrorKind::Throttled, "throttled"),
    (ErrorKind::NotAvailableInRegion, "not-available-in-region"),
    (ErrorKind::RegionDisabled, "region-disabled"),
    (ErrorKind::NotSubscribed, "not-subscribed"),
    (ErrorKind::ExpiredCredentials, "expired-credentials"),
    (ErrorKind::Credentials, "credentials"),
    (ErrorKind::Service, "service"),
    (ErrorKind::BadParams, "bad-params"),
    (ErrorKind::Malformed, "malformed"),
    (ErrorKind::Timeout, "timeout"),
    (ErrorKind::Transport, "transport"),
];

impl ErrorKind {
    /// A stable name for metrics and stored coverage gaps.
    pub fn as_str(self) -> &'static str {
        NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("service", |(_, name)| name)
    }

    /// The kind with this name, as [`ErrorKind::as_str`] gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// What a person can do about it, as one sentence fragment.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Denied => "allow the action in the policy of the role, and check the organization's control policies",
            Self::NotFound => "the resource may have been deleted meanwhile",
            Self::Throttled => "ask less often, and see who else asks this service in the account",
            Self::NotAvailableInRegion => "AWS does not offer the service there; nothing to do",
            Self::RegionDisabled => "opt in to the region, or take it off the account's list of regions",
            Self::NotSubscribed => "enable the service in the account, or leave its technologies disabled",
            Self::ExpiredCredentials => "sign in again, or let the process use a role that renews itself",
            Self::Credentials => "check the credentials, the profile, the role's ARN, its trust policy and external id",
            Self::Service => "see AWS's message",
            Self::BadParams => "correct the technology file, or report a defect",
            Self::Malformed => "something between us and AWS may change the answer; else report a defect",
            Self::Timeout => "check the network and the proxy between us and AWS; the next scan asks again",
            Self::Transport => "check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the CA bundle (AWS_CA_BUNDLE)",
        }
    }

    /// Would the same call at a later time have a chance, nobody doing anything about it?
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Timeout | Self::Transport | Self::Service | Self::Malformed
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The region of what is no call: loading credentials.
pub(crate) const NO_REGION: &str = "-";

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.region == NO_REGION {
            // Not asked of AWS.
            f.write_str("load credentials: ")?;
        } else {
            write!(f, "{}:{} in {}: ", self.service, self.operation, self.region)?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        write!(f, "; hint: {}", self.kind.hint())
    }
}

pub(crate) use codes::{is_expired, is_opt_in, is_throttle, kind_of};

#[cfg(test)]
mod tests;
