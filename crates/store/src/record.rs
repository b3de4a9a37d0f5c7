//! Recording what a scan saw and what the rules said of it: one transaction per batch.

pub(crate) mod batch;
pub(crate) mod deletion;
pub(crate) mod evaluation;

use std::collections::BTreeMap;

use security_monkey_model::document::Difference;
use security_monkey_model::{
    Actor, Change, Digest, Document, Evaluation, EventBody, ObservedResource, ResourceId, ResourceKey, RuleId, Scope,
    Score, Timestamp,
};

use crate::db::{Builder, Row, Statement, Transaction, statements};
use crate::{ResourceRow, Result, RevisionId, ScanId, Store, StoreError};

statements! {
    /// Also locks the lease's row until the transaction ends, so that nobody can take it in between.
    HOLD_LEASE = "update lease set fence = fence where name = $1 and fence = $2";
}

/// What is known of a resource before it is recorded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub row: ResourceRow,
    /// Its identifier in the scope.
    pub id: ResourceId,
    /// Digest of the whole current document.
    pub full: Digest,
    /// Digest of the current document without its ephemeral paths.
    pub durable: Digest,
    /// Whether it exists as far as we know.
    pub is_active: bool,
    /// Its newest revision.
    pub latest_revision: RevisionId,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Digest of the rules it was last evaluated with; none: never.
    pub ruleset: Option<Digest>,
    /// Document paths that could not be read when it was last evaluated; `*`: any.
    pub unread: Vec<String>,
}

/// A lease and its fence: what is written under it fails when another process has taken the lease since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHold {
    /// The lease's name.
    pub name: String,
    /// The fence got when it was acquired.
    pub fence: i64,
}

/// One resource of a batch. Resources whose full digest is unchanged are not in a batch at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A durable difference: a new revision.
    Revision {
        /// What was seen.
        resource: ObservedResource,
        /// Digest of its document; checked.
        full: Digest,
        /// Digest of its document without ephemeral paths.
        durable: Digest,
        /// Created, changed or reappeared.
        change: Change,
        /// Who did it, when an event told us.
        actor: Option<Actor>,
        /// What differs from the revision before, for the event; the first 100 are kept there.
        differences: Vec<Difference>,
    },
    /// Only ephemeral paths differ: the current document is replaced, no revision, no event.
    Ephemeral {
        /// Its number.
        row: ResourceRow,
        /// What was seen.
        resource: ObservedResource,
        /// Digest of its document; checked.
        full: Digest,
    },
}

/// What the rules said of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceEvaluations {
    /// The resource: of the batch, or recorded before in the same scope.
    pub id: ResourceId,
    /// One per rule. A rule that is not among them keeps its findings and verdict as they are.
    pub evaluations: Vec<Evaluation>,
    /// Digest of the rules they were made with.
    pub ruleset: Digest,
    /// Document paths that could not be read: kept, so that later evaluations of the same document know it too.
    pub unread: Vec<String>,
}

/// What an event or a finding wants to know of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFact {
    /// The rule's title.
    pub title: String,
    /// The rule's own score.
    pub score: Score,
}

/// Facts of the rules by id; a rule that is missing is shown by its id.
pub type RuleFacts = BTreeMap<RuleId, RuleFact>;

/// One page of a scan, to be recorded in one transaction.
#[derive(Debug, Clone)]
pub struct RecordBatch<'a> {
    /// The running scan.
    pub scan: ScanId,
    /// Its scope.
    pub scope: &'a Scope,
    /// When the resources were seen.
    pub at: Timestamp,
    /// Distinct resources, at most a few hundred.
    pub observations: Vec<Observation>,
    /// What the rules said.
    pub evaluations: Vec<ResourceEvaluations>,
    /// Facts of the rules, for events.
    pub rules: &'a RuleFacts,
    /// Checked inside the transaction.
    pub lease: Option<LeaseHold>,
}

/// What recording a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordReport {
    /// Resources seen for the first time.
    pub created: usize,
    /// Durable changes.
    pub changed: usize,
    /// Resources seen again after a deletion.
    pub reappeared: usize,
    /// Current documents replaced without a revision.
    pub ephemeral: usize,
    /// Findings opened or reopened.
    pub opened_findings: usize,
    /// Findings resolved.
    pub resolved_findings: usize,
    /// Events put into the outbox.
    pub events: usize,
    /// The numbers of the resources of the batch.
    pub rows: BTreeMap<ResourceId, ResourceRow>,
    /// Resources whose evaluations were not recorded, because a scan has recorded something newer meanwhile.
    pub superseded: Vec<ResourceRow>,
}

/// What the rules said of one resource that was not scanned now: re-audits.
#[derive(Debug, Clone, PartialEq)]
pub struct RowEvaluations {
    /// The resource.
    pub row: ResourceRow,
    /// Digest of the document that was evaluated.
    pub full: Digest,
    /// What of it was known not to have been read.
    pub unread: Vec<String>,
    /// One per rule. A rule that is not among them keeps its findings and verdict as they are.
    pub evaluations: Vec<Evaluation>,
    /// Digest of the rules they were made with; none: not all rules of its technology were evaluated, so the digest stays.
    pub ruleset: Option<Digest>,
}

/// What findings and events say of a resource.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) row: ResourceRow,
    pub(crate) key: ResourceKey,
    pub(crate) name: String,
    pub(crate) arn: Option<String>,
    pub(crate) home_region: String,
}

/// The columns of [`Identity`].
pub(crate) const IDENTITY: &str = "resource.id, resource.account, resource.region, resource.technology, resource.aws_id, resource.name, resource.arn, resource.home_region";

impl Identity {
    pub(crate) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            row: ResourceRow(row.integer("id")?),
            key: read_key(row)?,
            name: row.text("name")?,
            arn: row.optional_text("arn")?,
            home_region: row.text("home_region")?,
        })
    }
}

/// Account, region, technology and AWS id of a row.
pub(crate) fn read_key(row: &Row) -> Result<ResourceKey> {
    Ok(ResourceKey {
        scope: Scope {
            account: row.id("account")?,
            region: row.id("region")?,
            technology: row.id("technology")?,
        },
        id: row.id("aws_id")?,
    })
}

/// Paths that could not be read, one in each line of the column.
pub(crate) fn read_unread(row: &Row) -> Result<Vec<String>> {
    Ok(row.text("unread")?.lines().map(str::to_owned).collect())
}

impl Transaction {
    /// Fails when somebody else has taken the lease.
    pub(crate) async fn check_lease(&mut self, lease: Option<&LeaseHold>) -> Result<()> {
        if let Some(hold) = lease {
            let held = Statement::of(HOLD_LEASE).bind(hold.name.as_str()).bind(hold.fence);
            if self.execute(held).await? == 0 {
                return Err(StoreError::LeaseLost {
                    name: hold.name.clone(),
                });
            }
        }
        Ok(())
    }

    /// Puts events into the outbox. The chain's head must be locked.
    pub(crate) async fn write_events(&mut self, at: Timestamp, events: &[EventBody]) -> Result<()> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let kind = crate::subscription::EventKind::of(event).as_str();
            rows.push([at.into(), kind.into(), json(event)?.into()]);
        }
        self.insert("insert into event (at, kind, body)", rows, "").await?;
        Ok(())
    }
}

/// A value as JSON text.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Driver { source: source.into() })
}

impl Store {
    /// What is known of these resources of a scope; those never seen are missing. One query.
    pub async fn heads(&self, scope: &Scope, ids: &[ResourceId]) -> Result<Vec<Head>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Builder::new(
            "select resource.id, aws_id, full_digest, durable_digest, is_active, latest_revision, first_seen, ruleset, unread
            from resource join scope on scope.id = resource.scope where scope.account = ",
        );
        query
            .value(scope.account.as_str())
            .push(" and scope.region = ")
            .value(scope.region.as_str());
        query.push(" and scope.technology = ").value(scope.technology.as_str());
        query.push(" and aws_id in ").list(ids.iter().map(ResourceId::as_str));
        let rows = self.db.fetch(query.build()).await?;
        rows.iter()
            .map(|row| {
                Ok(Head {
                    row: ResourceRow(row.integer("id")?),
                    id: row.id("aws_id")?,
                    full: row.digest("full_digest")?,
                    durable: row.digest("durable_digest")?,
                    is_active: row.is_true("is_active")?,
                    latest_revision: RevisionId(row.integer("latest_revision")?),
                    first_seen: row.time("first_seen")?,
                    ruleset: row.optional_digest("ruleset")?,
                    unread: read_unread(row)?,
                })
            })
            .collect()
    }

    /// The current documents of these resources; of a deleted one the last.
    pub async fn current_documents(&self, rows: &[ResourceRow]) -> Result<Vec<(ResourceRow, Document)>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Builder::new("select resource, body from current_document where resource in ");
        query.list(rows.iter().copied());
        let rows = self.db.fetch(query.build()).await?;
        rows.iter()
            .map(|row| Ok((ResourceRow(row.integer("resource")?), row.json("body")?)))
            .collect()
    }

    /// Records a batch in one transaction: revisions, current documents, links, search words, findings, verdicts, events
    /// and one entry of the hash chain; all or nothing. Whether a resource is created, changed or has reappeared is decided here, by
    /// what the database holds: a batch recorded twice makes no second revision.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; [`StoreError::InvalidRequest`] when a digest is not that of its document, or a resource is twice in the batch.
    pub async fn record(&self, batch: RecordBatch<'_>) -> Result<RecordReport> {
        batch::record(self, batch).await
    }

    /// Records evaluations of resources that were not scanned now, in one transaction, by the same rules as [`Store::record`].
    /// Resources that a scan has recorded anew or deleted meanwhile are left alone: what it said of them is newer.
    pub async fn record_evaluations(
        &self,
        evaluations: Vec<RowEvaluations>,
        rules: &RuleFacts,
        at: Timestamp,
    ) -> Result<RecordReport> {
        let mut report = RecordReport::default();
        if evaluations.is_empty() {
            return Ok(report);
        }
        let mut transaction = self.db.begin().await?;
        let mut query = Builder::new("select ");
        query
            .push(IDENTITY)
            .push(", full_digest, unread from resource where is_active = 1 and id in ");
        query.list(evaluations.iter().map(|evaluation| evaluation.row));
        query.push(" order by id").push(transaction.for_update());
        let mut identities = BTreeMap::new();
        for row in transaction.fetch(query.build()).await? {
            let identity = Identity::read(&row)?;
            let basis = (row.digest("full_digest")?, read_unread(&row)?);
            identities.insert(identity.row, (identity, basis));
        }
        let evaluated: Vec<evaluation::Evaluated> = evaluations
            .into_iter()
            .filter_map(|evaluation| {
                let (identity, basis) = identities.get(&evaluation.row)?;
                let is_of_now = *basis == (evaluation.full, evaluation.unread);
                if !is_of_now {
                    report.superseded.push(evaluation.row);
                }
                is_of_now.then(|| evaluation::Evaluated {
                    resource: identity.clone(),
                    evaluations: evaluation.evaluations,
                    ruleset: evaluation.ruleset,
                    unread: None,
                })
            })
            .collect();
        let outcome = evaluation::apply(&mut transaction, &evaluated, rules, at).await?;
        report.opened_findings = outcome.opened;
        report.resolved_findings = outcome.resolved;
        report.events = outcome.events.len();
        if !outcome.events.is_empty() {
            transaction.lock_head().await?;
            transaction.write_events(at, &outcome.events).await?;
        }
        transaction.commit().await?;
        Ok(report)
    }
}
