//! Who might come: a caller and what is fixed about the circumstances. A scenario stands for one class of requesters;
//! [`super::solve`] looks for circumstances of that class in which the policy lets the caller in.

use super::Reach;
use super::callers::Callers;

/// One class of requesters.
#[derive(Debug, Clone)]
pub(super) struct Scenario<'p> {
    pub(super) class: Reach,
    /// For the answer: `*`, an account, an ARN, an organisation, a service, a provider.
    pub(super) who: String,
    pub(super) account: Option<String>,
    /// The callers that may stand for the class.
    pub(super) callers: Callers<'p>,
    pub(super) standing: Standing,
}

/// What the requesters of a class may bring along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Strangers: any public address but those a policy singles out, VPCs and ids of their own.
    Stranger,
    /// Anybody who sits in one of the networks that the policy names.
    InNamedNetwork,
    /// A member of this organisation.
    Member { organisation: String },
    /// Somebody the policy means: whatever it names may be theirs.
    Named,
    /// An AWS service that acts for a stranger's account.
    ServiceForStranger,
    /// An AWS service that acts for this account, or for whatever the policy names if `None`.
    ServiceFor { account: Option<String> },
    /// An AWS service that acts for a member of this organisation.
    ServiceForMember { organisation: String },
    /// A user of the identity provider whom the policy does not mean in particular.
    AnyTokenHolder,
    /// Whom an identity provider takes without asking who it is: whoever knows the id of the pool.
    Guest,
}

impl Standing {
    /// Whether the requesters may be where the policy says and be whom it names.
    pub(super) fn may_be_named(&self) -> bool {
        matches!(
            self,
            Self::Named
                | Self::Member { .. }
                | Self::InNamedNetwork
                | Self::ServiceFor { .. }
                | Self::ServiceForMember { .. }
        )
    }

    /// Whether the requesters may be whom it names, wherever they are: sitting in a network gives nobody an id or an account.
    pub(super) fn may_be_whom_it_names(&self) -> bool {
        self.may_be_named() && *self != Self::InNamedNetwork
    }
}
