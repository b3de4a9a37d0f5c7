//! Resources that a complete listing no longer contains.

use std::collections::BTreeSet;

use security_monkey_model::{Change, EventBody, FindingStatus, Scope, Timestamp};

use super::evaluation::{HELD, Held, finding_event, push_changed_at, refresh_scores, write_steps};
use super::{Identity, RuleFacts};
use crate::chain::{Leaves, revision_leaf};
use crate::db::{Builder, Param, Statement, Transaction, statements};
use crate::{ResourceRow, Result};

/// Resources deleted by one set of statements.
const CHUNK: usize = 500;

statements! {
    /// Unordered: the engine would have to keep the whole scope in memory to sort it, for the few that are gone.
    ACTIVE = "select id from resource where scope = $1 and is_active = 1";
}

/// What recording deletions did.
#[derive(Default)]
pub(crate) struct Deletions {
    pub(crate) rows: Vec<ResourceRow>,
    pub(crate) events: Vec<EventBody>,
    pub(crate) leaves: Leaves,
    pub(crate) recording: i64,
}

/// Records as deleted what is active in the scope and was not seen.
pub(crate) async fn delete_unseen(
    transaction: &mut Transaction,
    scope_row: i64,
    seen: &BTreeSet<ResourceRow>,
    last_complete_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<Deletions> {
    let mut deletions = Deletions::default();
    let active = Statement::of(ACTIVE).bind(scope_row);
    transaction
        .fetch_each(active, |row| {
            let row = ResourceRow(row.integer("id")?);
            if !seen.contains(&row) {
                deletions.rows.push(row);
            }
            Ok(())
        })
        .await?;
    if deletions.rows.is_empty() {
        return Ok(deletions);
    }
    deletions.rows.sort_unstable();
    deletions.recording = transaction.new_recording(at).await?;
    for rows in deletions.rows.clone().chunks(CHUNK) {
        delete(transaction, rows, last_complete_at, at, &mut deletions).await?;
    }
    Ok(deletions)
}

async fn delete(
    transaction: &mut Transaction,
    rows: &[ResourceRow],
    last_complete_at: Option<Timestamp>,
    at: Timestamp,
    deletions: &mut Deletions,
) -> Result<()> {
    let mut query = Builder::new("select ");
    query
        .push(super::IDENTITY)
        .push(", changed_at, last_seen, full_digest, durable_digest from resource where id in ");
    query
        .list(rows.iter().copied())
        .push(" order by id")
        .push(transaction.for_update());
    let mut gone = Vec::with_capacity(rows.len());
    for row in transaction.fetch(query.build()).await? {
        let observed_at = at.max(row.time("changed_at")?);
        let last_seen = last_complete_at.map_or(row.time("last_seen")?, |complete| {
            row.time("last_seen").map_or(complete, |seen| seen.max(complete))
        });
        let digests = (row.digest("full_digest")?, row.digest("durable_digest")?);
        gone.push((Identity::read(&row)?, observed_at, last_seen, digests));
    }
    let revisions: Vec<[Param; 8]> = gone
        .iter()
        .map(|(identity, observed_at, _, (full, durable))| {
            [
                identity.row.into(),
                (*observed_at).into(),
                Change::Deleted.as_str().into(),
                deletions.recording.into(),
                full.into(),
                durable.into(),
                0_i64.into(),
                Vec::new().into(),
            ]
        })
        .collect();
    let head = "insert into revision (resource, observed_at, change, recording, full_digest, durable_digest, dictionary, body)";
    let mut numbers = std::collections::BTreeMap::new();
    for row in transaction.insert(head, revisions, "returning id, resource").await? {
        numbers.insert(ResourceRow(row.integer("resource")?), row.integer("id")?);
    }
    let mut heads: Vec<[Param; 4]> = Vec::with_capacity(gone.len());
    for (identity, observed_at, last_seen, (full, durable)) in &gone {
        let Some(number) = numbers.get(&identity.row).copied() else {
            continue;
        };
        let leaf = revision_leaf(&identity.key, *observed_at, Change::Deleted, full, durable, None);
        deletions.leaves.add_revision(number, leaf);
        heads.push([
            identity.row.into(),
            number.into(),
            (*observed_at).into(),
            (*last_seen).into(),
        ]);
        deletions.events.push(EventBody::ResourceChanged {
            resource: identity.key.clone(),
            name: identity.name.clone(),
            arn: identity.arn.clone(),
            change: Change::Deleted,
            revision: number,
            actor: None,
            differences: Vec::new(),
        });
    }
    let head = "update resource set is_active = 0, latest_change = 'deleted', latest_revision = v.column2, changed_at = v.column3,
        last_seen = v.column4, ruleset = null, unread = '' from (";
    transaction
        .update(head, heads, ") as v where resource.id = v.column1")
        .await?;
    let identities: Vec<Identity> = gone.into_iter().map(|(identity, ..)| identity).collect();
    let events = resolve_findings_of(transaction, &identities, at).await?;
    deletions.events.extend(events);
    let mut query = Builder::new("delete from verdict where resource in ");
    query.list(rows.iter().copied());
    transaction.execute(query.build()).await?;
    Ok(())
}

async fn resolve_findings_of(
    transaction: &mut Transaction,
    resources: &[Identity],
    at: Timestamp,
) -> Result<Vec<EventBody>> {
    let mut query = Builder::new("select ");
    query
        .push(HELD)
        .push(" from finding where status <> 'resolved' and resource in ");
    query.list(resources.iter().map(|resource| resource.row));
    let rows = transaction.fetch(query.build()).await?;
    let held = rows.iter().map(Held::read).collect::<Result<Vec<_>>>()?;
    resolve(transaction, &held, resources, &RuleFacts::new(), at).await
}

/// Resolves these findings of these resources; returns the events, still to be written.
pub(crate) async fn resolve(
    transaction: &mut Transaction,
    held: &[Held],
    resources: &[Identity],
    rules: &RuleFacts,
    at: Timestamp,
) -> Result<Vec<EventBody>> {
    let mut events = Vec::with_capacity(held.len());
    let mut steps = Vec::with_capacity(held.len());
    for finding in held {
        let status = FindingStatus::Resolved;
        steps.push(finding.step_to(status, at));
        let Some(resource) = resources.iter().find(|resource| resource.row == finding.row) else {
            continue;
        };
        let (rule, subject, message) = (&finding.rule, &finding.subject, &finding.message);
        events.push(finding_event(
            finding.id,
            resource,
            rule,
            subject,
            message,
            finding.score,
            status,
            rules,
        ));
    }
    for part in held.chunks(CHUNK) {
        let mut query = Builder::new("update finding set status = 'resolved', is_live = 0, changed_at = ");
        push_changed_at(&mut query, at);
        query.push(" where id in ").list(part.iter().map(|finding| finding.id));
        transaction.execute(query.build()).await?;
    }
    write_steps(transaction, steps).await?;
    let affected: BTreeSet<ResourceRow> = held.iter().map(|finding| finding.row).collect();
    refresh_scores(transaction, affected.into_iter().collect()).await?;
    Ok(events)
}

/// Whether a scope's listing could not be made, before and after; for the event about it. A listing that fails for an expected reason
/// (the region was switched off) is news only where it failed for another one: it is not readable again.
pub(crate) fn coverage_event(
    scope: &Scope,
    before: bool,
    after: Option<&security_monkey_model::CoverageGap>,
) -> Option<EventBody> {
    match (before, after) {
        (before, Some(gap)) if before == gap.cause.is_expected() => Some(EventBody::CoverageChanged {
            scope: scope.clone(),
            cause: Some(gap.cause),
            message: format!("{}: {}", gap.operation, gap.message),
        }),
        (true, None) => Some(EventBody::CoverageChanged {
            scope: scope.clone(),
            cause: None,
            message: "readable again".to_owned(),
        }),
        _ => None,
    }
}
