//! Row numbers as types, so that a finding's number is never taken for a resource's.

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

number! {
    /// A resource's number in this database; stable for the life of the resource's history.
    ResourceRow;
    /// A revision's number in this database.
    RevisionId;
    /// A scan's number in this database.
    ScanId;
    /// A finding's number in this database.
    FindingId;
    /// A decision's number in this database.
    DecisionId;
    /// A comment's number in this database.
    CommentId;
    /// A subscription's number in this database.
    SubscriptionId;
    /// A delivery's number in this database.
    DeliveryId;
    /// An API token's number in this database.
    TokenId;
}
