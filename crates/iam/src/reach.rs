//! Who can reach a resource: from its policy, and for some resources from what stands beside the policy (ACL,
//! block public access, grants, sharing lists).
//!
//! Two levels. [`normalise`] describes each statement by itself in a stable form for rules, cheaply. The
//! `reach_of_…` functions answer for the whole resource: denies are taken into account, and each answer comes
//! with a request that the reference evaluator allows.

mod access;
mod any_value;
mod asked;
mod bucket;
mod callers;
mod candidates;
mod covering;
mod denied;
mod enumerate;
mod evade;
mod findings;
mod function;
mod joined;
mod key_search;
mod known;
mod meant;
mod mirrored;
mod normalise;
mod opening;
mod owned;
mod resources;
mod restriction;
mod scenario;
mod setting;
mod solve;
mod strangers;
mod targets;
mod tokens;

pub use crate::evaluate::KeyGrant;
pub use access::{Access, Through};
pub(crate) use any_value::is_filled;
pub(crate) use bucket::policy_that_counts;
pub use bucket::{AclGrant, BlockPublicAccess, Bucket, Grantee, ObjectOwnership, reach_of_bucket};
pub(crate) use callers::service_besides;
pub(crate) use candidates::{Values, values_worth_trying};
pub use findings::{
    Accepts, ConditionNote, ReachContext, ReachFinding, reach_of_resource_policy, under_resource_control,
};
pub use function::reach_of_function;
pub use normalise::{NormalisedCondition, NormalisedPrincipal, NormalisedStatement, normalise};
pub(crate) use owned::{Effort, Kind as ArnKind, about_account, are_plain, principals_of, with_account};
pub use resources::{Sharing, reach_of_key, reach_of_shared, reach_of_trust_policy};
pub use restriction::{Assessment, RestrictedBy, assess};
pub(crate) use strangers::Strangers;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How far something reaches, ordered from the nearest to the farthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Reach {
    /// A user or role that no longer exists: AWS shows its unique id and it matches nobody.
    DeletedPrincipal,
    /// The account that owns the resource.
    SameAccount,
    /// An AWS service.
    AwsService {
        /// Whether a condition ties it to our accounts (confused-deputy guard), or the service needs none.
        guarded: bool,
    },
    /// Another account of ours.
    FriendlyAccount,
    /// Every account of our organisation.
    Organisation,
    /// A vendor or partner we have named.
    ThirdPartyAccount,
    /// Users of an identity provider.
    Federation {
        /// Whether audience or subject are fixed so that only our repositories, pools or clients qualify.
        pinned: bool,
    },
    /// An account nobody has told us about.
    UnknownAccount,
    /// Every account of an organisation that is not ours.
    UnknownOrganisation,
    /// Anybody, but only from certain networks, VPCs or endpoints.
    Network,
    /// Anybody with an AWS account of their own.
    AnyAwsAccount,
    /// Anybody, without credentials.
    Internet,
}

impl Reach {
    /// Whether strangers are meant: anybody with an AWS account, or anybody at all.
    pub fn is_public(self) -> bool {
        matches!(self, Self::AnyAwsAccount | Self::Internet)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DeletedPrincipal => "a deleted principal",
            Self::SameAccount => "the same account",
            Self::AwsService { guarded: true } => "an AWS service, guarded",
            Self::AwsService { guarded: false } => "an AWS service without confused-deputy guard",
            Self::FriendlyAccount => "a friendly account",
            Self::Organisation => "our organisation",
            Self::ThirdPartyAccount => "a third-party account",
            Self::Federation { pinned: true } => "an identity provider, pinned",
            Self::Federation { pinned: false } => "an identity provider, not pinned",
            Self::UnknownAccount => "an unknown account",
            Self::UnknownOrganisation => "an unknown organisation",
            Self::Network => "anybody in certain networks",
            Self::AnyAwsAccount => "any AWS account",
            Self::Internet => "the internet",
        })
    }
}
