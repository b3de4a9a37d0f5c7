//! The words of `model` as the API writes them. Each mirrors its model type variant by variant, so that a new variant does
//! not compile until the API has decided how to say it.

use security_monkey_model as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident of $model:path { $($(#[$variant_doc:meta])* $variant:ident = $text:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl From<$model> for $name {
            fn from(value: $model) -> Self {
                match value { $(<$model>::$variant => Self::$variant,)+ }
            }
        }

        impl From<$name> for $model {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)+ }
            }
        }
    };
}

mirror!(
    /// What a user may do; each role includes those before it: view, comment, justify, admin.
    Role of model::Role {
        /// Read everything.
        View = "view",
        /// And comment.
        Comment = "comment",
        /// And justify findings.
        Justify = "justify",
        /// And administer accounts, users and settings.
        Admin = "admin",
    }
);
mirror!(
    /// A score's label: 0 informational, 1-3 low, 4-6 medium, 7-8 high, 9-10 critical.
    Severity of model::Severity {
        /// Score 0.
        Informational = "informational",
        /// Scores 1 to 3.
        Low = "low",
        /// Scores 4 to 6.
        Medium = "medium",
        /// Scores 7 and 8.
        High = "high",
        /// Scores 9 and 10.
        Critical = "critical",
    }
);
mirror!(
    /// The life of a finding.
    FindingStatus of model::FindingStatus {
        /// At fault now, nobody accepted it.
        Open = "open",
        /// At fault now, and a person accepted it.
        Justified = "justified",
        /// No longer at fault.
        Resolved = "resolved",
        /// At fault again after it was resolved; as open as open.
        Reopened = "reopened",
    }
);
mirror!(
    /// What a rule says of a resource.
    VerdictKind of model::VerdictKind {
        /// Looked, and found nothing.
        Pass = "pass",
        /// At least one finding.
        Fail = "fail",
        /// Nothing to say.
        NotApplicable = "not-applicable",
        /// Could not tell.
        Unknown = "unknown",
    }
);
mirror!(
    /// What kind of step a revision is.
    Change of model::Change {
        /// Seen for the first time.
        Created = "created",
        /// Its durable configuration differs from the revision before.
        Changed = "changed",
        /// A complete listing no longer contains it.
        Deleted = "deleted",
        /// Seen again after a deletion.
        Reappeared = "reappeared",
    }
);
mirror!(
    /// Why something could not be read.
    GapCause of model::GapCause {
        /// AWS refused: permissions are missing.
        Denied = "denied",
        /// AWS kept throttling until we gave up.
        Throttled = "throttled",
        /// The service has no endpoint in the region.
        NotAvailableInRegion = "not-available-in-region",
        /// The region is not switched on for the account.
        RegionDisabled = "region-disabled",
        /// The account has not subscribed to the service.
        NotSubscribed = "not-subscribed",
        /// No answer in time.
        Timeout = "timeout",
        /// The answer could not be understood.
        Malformed = "malformed",
        /// No usable credentials for the account.
        Credentials = "credentials",
        /// The connection failed.
        Transport = "transport",
        /// Any other error AWS reported.
        ServiceError = "service-error",
    }
);
mirror!(
    /// What an account is to us.
    AccountKind of model::AccountKind {
        /// We own it and scan it.
        Watched = "watched",
        /// We own it or trust it as our own, but do not scan it.
        Friendly = "friendly",
        /// Somebody else's, known by name.
        ThirdParty = "third-party",
    }
);

/// A score with its label, as lists show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GradedScore {
    /// 0 to 10.
    #[schema(minimum = 0, maximum = 10)]
    pub value: u8,
    /// Its label.
    pub severity: Severity,
}

impl From<model::Score> for GradedScore {
    fn from(score: model::Score) -> Self {
        Self {
            value: score.value(),
            severity: score.severity().into(),
        }
    }
}

/// A score in a request.
pub(crate) fn score(value: Option<u8>) -> Result<Option<model::Score>, Problem> {
    value
        .map(model::Score::new)
        .transpose()
        .map_err(|error| Problem::invalid(error.to_string()))
}
