//! Revisions: the history of one resource.

use security_monkey_model::{Actor, Change, Digest, Document, ResourceKey, Timestamp};

use crate::body;
use crate::db::{Builder, Row, Statement, statements};
use crate::record::read_key;
use crate::{Cursor, Page, PageOf, ResourceRow, Result, RevisionId, Store};

statements! {
    ONE = "select revision.id, resource, observed_at, change, actor, revision.full_digest, revision.durable_digest, dictionary, body,
        account, region, technology, aws_id from revision join resource on resource.id = revision.resource where revision.id = $1";
    AS_OF = "select revision.id, resource, observed_at, change, actor, revision.full_digest, revision.durable_digest, dictionary, body,
        account, region, technology, aws_id from revision join resource on resource.id = revision.resource
        where revision.resource = $1 and observed_at <= $2 order by observed_at desc, revision.id desc limit 1";
    BEFORE = "select revision.id, revision.resource, revision.observed_at, revision.change, revision.actor, revision.full_digest,
        revision.durable_digest, revision.dictionary, revision.body, account, region, technology, aws_id
        from revision as this join revision on revision.resource = this.resource
        join resource on resource.id = revision.resource
        where this.id = $1 and (revision.observed_at, revision.id) < (this.observed_at, this.id)
        order by revision.observed_at desc, revision.id desc limit 1";
}

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

fn read_summary(row: &Row) -> Result<RevisionSummary> {
    Ok(RevisionSummary {
        id: RevisionId(row.integer("id")?),
        resource: ResourceRow(row.integer("resource")?),
        observed_at: row.time("observed_at")?,
        change: row.word("change", Change::parse)?,
        actor: row.optional_text("actor")?.map(|_| row.json("actor")).transpose()?,
        full: row.digest("full_digest")?,
        durable: row.digest("durable_digest")?,
    })
}

impl Store {
    /// A resource's revisions, newest first.
    pub async fn history(&self, resource: ResourceRow, page: &Page) -> Result<PageOf<RevisionSummary>> {
        let mut query = Builder::new(
            "select id, resource, observed_at, change, actor, full_digest, durable_digest from revision where resource = ",
        );
        query.value(resource);
        if let Some([at, id]) = page.numbers()? {
            query
                .push(" and (observed_at, id) < (")
                .value(at)
                .push(", ")
                .value(id)
                .push(")");
        }
        query
            .push(" order by observed_at desc, id desc limit ")
            .value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let revisions = rows.iter().map(read_summary).collect::<Result<Vec<_>>>()?;
        let cursor = |last: &RevisionSummary| Cursor::of(&[last.observed_at.as_micros(), last.id.0]);
        Ok(PageOf::cut(revisions, page, cursor))
    }

    /// One revision.
    pub async fn revision(&self, id: RevisionId) -> Result<Option<Revision>> {
        let row = self.db.fetch_optional(Statement::of(ONE).bind(id)).await?;
        self.read_revision(row).await
    }

    /// A resource as it was at an instant; none: not yet seen then.
    pub async fn as_of(&self, resource: ResourceRow, at: Timestamp) -> Result<Option<Revision>> {
        let row = self
            .db
            .fetch_optional(Statement::of(AS_OF).bind(resource).bind(at))
            .await?;
        self.read_revision(row).await
    }

    /// The revision before this one of the same resource.
    pub async fn revision_before(&self, id: RevisionId) -> Result<Option<Revision>> {
        let row = self.db.fetch_optional(Statement::of(BEFORE).bind(id)).await?;
        self.read_revision(row).await
    }

    async fn read_revision(&self, row: Option<Row>) -> Result<Option<Revision>> {
        let Some(row) = row else { return Ok(None) };
        let summary = read_summary(&row)?;
        let document = if summary.change == Change::Deleted {
            None
        } else {
            let dictionary = self.dictionary(row.integer("dictionary")?).await?;
            let canonical = body::decode(dictionary.as_deref(), &row.bytes("body")?)?;
            Some(body::parse(&canonical, &summary.full)?)
        };
        Ok(Some(Revision {
            key: read_key(&row)?,
            summary,
            document,
        }))
    }
}
