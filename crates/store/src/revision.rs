//! Revisions: the history of one resource.

use security_monkey_model::{Actor, Change, Digest, Document, ResourceKey, Timestamp};

use crate::{Page, PageOf, ResourceRow, Result, RevisionId, Store, StoreError};

/// A revision without its document.
#[derive(Debug, Clone, PartialEq)]
pub struct RevisionSummary {
    /// Its number.
    pub id: RevisionId,
    /// The resource.
    pub resource: ResourceRow,
    /// From when on the resource was so.
    pub observed_at: Timestamp,
    /// The kind of change to it.
    pub change: Change,
    /// Who did it, if known.
    pub actor: Option<Actor>,
    /// Digest of the document.
    pub full: Digest,
    /// Digest of the document without its ephemeral paths.
    pub durable: Digest,
}

/// A revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// All but the document.
    pub summary: RevisionSummary,
    /// Whose it is.
    pub key: ResourceKey,
    /// The document; none: the revision is a deletion.
    pub document: Option<Document>,
}

impl Store {
    /// A resource's revisions, newest first.
    pub async fn history(&self, resource: ResourceRow, page: &Page) -> Result<PageOf<RevisionSummary>> {
        let _ = (resource, page);
        Err(StoreError::NotYet)
    }

    /// One revision.
    pub async fn revision(&self, id: RevisionId) -> Result<Option<Revision>> {
        let _ = id;
        Err(StoreError::NotYet)
    }

    /// A resource as it was at an instant; none: not yet seen then.
    pub async fn as_of(&self, resource: ResourceRow, at: Timestamp) -> Result<Option<Revision>> {
        let _ = (resource, at);
        Err(StoreError::NotYet)
    }

    /// The revision before this one of the same resource.
    pub async fn revision_before(&self, id: RevisionId) -> Result<Option<Revision>> {
        let _ = id;
        Err(StoreError::NotYet)
    }
}
