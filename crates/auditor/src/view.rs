//! What the caller hands over of a resource: itself, the resources it links to, and the account's collections.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use security_monkey_model::{Document, Link, Region, ResourceId, ResourceKey, TechnologyId, Timestamp};

/// A resource to audit, with everything its rules may see.
#[derive(Debug, Clone, Copy)]
pub struct ResourceView<'a> {
    /// Who it is.
    pub key: &'a ResourceKey,
    /// What people call it.
    pub name: &'a str,
    /// Its ARN, if it has one.
    pub arn: Option<&'a str>,
    /// Where it lives when the technology is global but its resources are not.
    pub home_region: Option<&'a Region>,
    /// Its tags.
    pub tags: &'a BTreeMap<String, String>,
    /// Whether its tags could not be read this time; `tags` has the last known ones, if any.
    pub are_tags_unread: bool,
    /// Its configuration.
    pub document: &'a Document,
    /// Document paths that could not be read this time; the document holds their last known values, if any. `*`: any of them.
    pub unread: &'a [String],
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// Resources it links to, as recorded.
    pub links: &'a [LinkedResource],
    /// Links whose target is not recorded (not yet scanned, another account, excluded).
    pub missing_links: &'a [Link],
    /// The account's resources of other technologies, for rules that read them. A technology that is absent here counts as incomplete.
    pub collections: &'a BTreeMap<TechnologyId, Collection>,
}

/// A resource another one links to.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedResource {
    /// Its technology.
    pub technology: TechnologyId,
    /// Its identifier.
    pub id: ResourceId,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Its configuration.
    pub document: Document,
    /// Document paths that could not be read of it, as in [`ResourceView::unread`].
    pub unread: Vec<String>,
}

/// One of the account's resources in a [`Collection`].
#[derive(Debug, Clone, PartialEq)]
pub struct CollectedResource {
    /// Its identifier.
    pub id: ResourceId,
    /// The region it was scanned in.
    pub region: Region,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
    /// Its configuration.
    pub document: Document,
    /// Document paths that could not be read of it, as in [`ResourceView::unread`].
    pub unread: Vec<String>,
}

/// The account's active resources of one technology, over all regions. Build it once and use it for many resources: its
/// conversion for the rule engine is kept.
#[derive(Debug, Default)]
pub struct Collection {
    complete: bool,
    resources: Vec<CollectedResource>,
    /// Indices of resources of which something could not be read: few, and asked for with every resource that is audited.
    partly_unread: Vec<usize>,
    /// Index of the prefix list with an id, made when first asked for.
    prefix_lists: OnceLock<HashMap<String, usize>>,
    pub(crate) converted: OnceLock<crate::rego::Value>,
}

impl Collection {
    /// The account's resources; `complete` when every region's last listing was.
    pub fn new(complete: bool, resources: Vec<CollectedResource>) -> Self {
        let partly_unread = (0..resources.len())
            .filter(|index| !resources[*index].unread.is_empty())
            .collect();
        Self {
            complete,
            resources,
            partly_unread,
            prefix_lists: OnceLock::new(),
            converted: OnceLock::new(),
        }
    }

    /// Whether nothing is missing, so that absence proves something.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The resources.
    pub fn resources(&self) -> &[CollectedResource] {
        &self.resources
    }

    /// The prefix list with this id, if there is one. A group may name hundreds, and an account's groups thousands.
    pub(crate) fn prefix_list(&self, id: &str) -> Option<&CollectedResource> {
        let by_id = self.prefix_lists.get_or_init(|| {
            let all = self.resources.iter().enumerate();
            let ids = all.filter_map(|(index, one)| Some((one.document["PrefixListId"].as_str()?.to_owned(), index)));
            // Of two with one id, shared into two regions, the first counts.
            ids.rev().collect()
        });
        self.resources.get(*by_id.get(id)?)
    }

    /// Those of which something could not be read.
    pub(crate) fn partly_unread(&self) -> impl Iterator<Item = &CollectedResource> {
        self.partly_unread.iter().filter_map(|index| self.resources.get(*index))
    }
}
