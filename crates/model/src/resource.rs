//! Resources: one thing in an account, tracked through time.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::identifier::{Region, ResourceId, TechnologyId};
use crate::{AccountId, Timestamp};

/// What one scan covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The account.
    pub account: AccountId,
    /// The region; `global` for a global technology.
    pub region: Region,
    /// The technology.
    pub technology: TechnologyId,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.account, self.region, self.technology)
    }
}

/// Who a resource is: the key of its history. `region` is the region of the *scan* (`global` for a global technology);
/// where the resource itself lives is [`ObservedResource::home_region`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceKey {
    /// Account, region and technology of the scan that reads it.
    #[serde(flatten)]
    pub scope: Scope,
    /// AWS's stable identifier inside the scope.
    pub id: ResourceId,
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scope, self.id)
    }
}

/// A reference from one resource to another, by technology and identifier, in the same account unless the id is an ARN of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The technology pointed to.
    pub to: TechnologyId,
    /// The identifier pointed to: the target's resource id, or its ARN.
    pub id: String,
}

/// The most characters of a resource's name, of the key and of the value of a tag; the document keeps what is longer. As AWS
/// bounds the values of tags (docs: Tag naming limits and requirements). Databases index all three, and `PostgreSQL` refuses
/// entries above 2,704 bytes: key and value together take at most 2,048.
pub const LONGEST_LABEL_CHARS: usize = 256;

/// A resource as one scan saw it. Secrets are already replaced by salted digests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedResource {
    /// Its identifier inside the scanned scope.
    pub id: ResourceId,
    /// What people call it; falls back to the id. At most [`LONGEST_LABEL_CHARS`].
    pub name: String,
    /// Its ARN, where the technology says how to form it.
    pub arn: Option<String>,
    /// Where it lives when the technology is global but its resources are not (S3 buckets).
    pub home_region: Option<Region>,
    /// Its tags; keys and values of at most [`LONGEST_LABEL_CHARS`].
    pub tags: BTreeMap<String, String>,
    /// Other resources it refers to.
    pub links: Vec<Link>,
    /// Everything AWS returned, with canonical order where order means nothing.
    pub document: Document,
    /// Paths of [`Self::document`] that could not be read this time (a denied detail call): the recorder keeps their last known values.
    pub unread: Vec<String>,
}

/// What kind of step a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Seen for the first time.
    Created,
    /// Its durable configuration differs from the revision before.
    Changed,
    /// A complete listing no longer contains it.
    Deleted,
    /// Seen again after a deletion.
    Reappeared,
}

impl Change {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Created, Self::Changed, Self::Deleted, Self::Reappeared];

    /// The text in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Reappeared => "reappeared",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == text)
    }
}

/// Who made a change in AWS, when an event told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The principal's ARN.
    pub principal: String,
    /// Source address of the call.
    pub source_ip: Option<String>,
    /// The API call: `ec2:AuthorizeSecurityGroupIngress`.
    pub action: Option<String>,
    /// When AWS says it happened.
    pub at: Option<Timestamp>,
}
