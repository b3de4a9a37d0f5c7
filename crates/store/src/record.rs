//! Recording what a scan saw and what the rules said of it: one transaction per batch.

use std::collections::BTreeMap;

use security_monkey_model::document::Difference;
use security_monkey_model::{
    Actor, Change, Digest, Document, Evaluation, ObservedResource, ResourceId, RuleId, Scope, Score, Timestamp,
};

use crate::{ResourceRow, Result, RevisionId, ScanId, Store, StoreError};

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
}

/// What the rules said of one resource that was not scanned now: re-audits.
#[derive(Debug, Clone, PartialEq)]
pub struct RowEvaluations {
    /// The resource.
    pub row: ResourceRow,
    /// One per rule. A rule that is not among them keeps its findings and verdict as they are.
    pub evaluations: Vec<Evaluation>,
    /// Digest of the rules they were made with; none: not all rules of its technology were evaluated, so the digest stays.
    pub ruleset: Option<Digest>,
}

impl Store {
    /// What is known of these resources of a scope; those never seen are missing. One query.
    pub async fn heads(&self, scope: &Scope, ids: &[ResourceId]) -> Result<Vec<Head>> {
        let _ = (scope, ids);
        Err(StoreError::NotYet)
    }

    /// The current documents of these resources.
    pub async fn current_documents(&self, rows: &[ResourceRow]) -> Result<Vec<(ResourceRow, Document)>> {
        let _ = rows;
        Err(StoreError::NotYet)
    }

    /// Records a batch in one transaction: revisions, current documents, links, search tokens, findings, verdicts, events
    /// and one entry of the hash chain; all or nothing.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; [`StoreError::InvalidRequest`] when a digest is not that of its document, or a resource is twice in the batch.
    pub async fn record(&self, batch: RecordBatch<'_>) -> Result<RecordReport> {
        let _ = batch;
        Err(StoreError::NotYet)
    }

    /// Records evaluations of resources that were not scanned now, in one transaction, by the same rules as [`Store::record`].
    pub async fn record_evaluations(
        &self,
        evaluations: Vec<RowEvaluations>,
        rules: &RuleFacts,
        at: Timestamp,
    ) -> Result<RecordReport> {
        let _ = (evaluations, rules, at);
        Err(StoreError::NotYet)
    }
}
