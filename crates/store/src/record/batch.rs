//! One page of a scan, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::document::{Difference, canonical_bytes};
use security_monkey_model::{Change, Digest, EventBody, ObservedResource, ResourceId, ResourceKey, Scope, Timestamp};

use super::evaluation::{self, Evaluated};
use super::{Identity, Observation, RecordBatch, RecordReport, json};
use crate::body::{Dictionary, Encoder};
use crate::chain::{Leaves, revision_leaf};
use crate::db::{Builder, Param, Statement, Transaction, statements};
use crate::search::tokens;
use crate::{ResourceRow, Result, ScanId, Store, StoreError};

/// An event names at most so many differences; the revisions have all.
const MOST_DIFFERENCES: usize = 100;

statements! {
    RUNNING_SCAN = "select scan.scope from scan join scope on scope.id = scan.scope
        where scan.id = $1 and scan.finished_at is null and scope.account = $2 and scope.region = $3 and scope.technology = $4";
    COUNT = "update scan set created = created + $2, changed = changed + $3 where id = $1";
}

/// An observation with everything that takes time computed beforehand, outside the transaction.
struct Prepared {
    resource: ObservedResource,
    full: Digest,
    canonical: Vec<u8>,
    /// None: only ephemeral paths differ.
    revision: Option<PreparedRevision>,
    /// None: they are kept already.
    words: Option<String>,
}

struct PreparedRevision {
    durable: Digest,
    actor: Option<String>,
    event_actor: Option<security_monkey_model::Actor>,
    differences: Vec<Difference>,
    body: Vec<u8>,
    dictionary: i64,
}

/// What the database holds of a resource before the batch.
struct Known {
    identity: Identity,
    is_active: bool,
    changed_at: Timestamp,
    durable: Digest,
    unread: Vec<String>,
}

/// A revision to be written.
struct NewRevision {
    row: ResourceRow,
    change: Change,
    observed_at: Timestamp,
    position: usize,
}

pub(super) async fn record(store: &Store, batch: RecordBatch<'_>) -> Result<RecordReport> {
    let RecordBatch {
        scan,
        scope,
        at,
        observations,
        evaluations,
        rules,
        lease,
    } = batch;
    let dictionary = store.newest_dictionary().await?;
    let mut prepared = crate::off_the_async_threads(move || prepare(observations, dictionary.as_deref())).await??;

    let mut transaction = store.db.begin().await?;
    transaction.check_lease(lease.as_ref()).await?;
    let scope_row = running_scan(&mut transaction, scan, scope).await?;
    let ids: BTreeSet<&ResourceId> = prepared
        .iter()
        .map(|prepared| &prepared.resource.id)
        .chain(evaluations.iter().map(|evaluations| &evaluations.id))
        .collect();
    let mut known = known(&mut transaction, scope_row, &ids).await?;

    let mut report = RecordReport::default();
    let created = insert_created(&mut transaction, scope_row, scope, at, &prepared, &known).await?;
    let mut revisions = Vec::new();
    let mut touched = Vec::new();
    let mut rewritten = Vec::new();
    for (position, item) in prepared.iter().enumerate() {
        let id = &item.resource.id;
        if let Some(row) = created.get(id) {
            report.created += 1;
            revisions.push(NewRevision {
                row: *row,
                change: Change::Created,
                observed_at: at,
                position,
            });
            continue;
        }
        let Some(before) = known.get(id) else {
            return Err(StoreError::InvalidRequest(format!(
                "resource '{id}' of {scope} is not recorded yet"
            )));
        };
        rewritten.push(before.identity.row);
        // A batch whose commit we did not hear of is recorded again: the same state is no second revision.
        let is_news = |revision: &PreparedRevision| !before.is_active || revision.durable != before.durable;
        match &item.revision {
            Some(revision) if is_news(revision) => {
                let change = if before.is_active {
                    Change::Changed
                } else {
                    Change::Reappeared
                };
                match change {
                    Change::Reappeared => report.reappeared += 1,
                    _ => report.changed += 1,
                }
                revisions.push(NewRevision {
                    row: before.identity.row,
                    change,
                    // Clocks of several processes may differ; a history that runs backwards would not be one.
                    observed_at: at.max(before.changed_at),
                    position,
                });
            }
            _ => {
                report.ephemeral += 1;
                touched.push(position);
            }
        }
    }

    forget(&mut transaction, &rewritten, &mut prepared, &known).await?;
    let row_of = |id: &ResourceId| {
        created
            .get(id)
            .copied()
            .or_else(|| known.get(id).map(|known| known.identity.row))
    };
    write_parts(&mut transaction, &prepared, &row_of).await?;
    touch(&mut transaction, &touched, &prepared, &row_of, at).await?;
    let mut events = Vec::new();
    let mut leaves = Leaves::default();
    let mut recording = 0;
    if !revisions.is_empty() {
        recording = transaction.new_recording(at).await?;
        write_revisions(
            &mut transaction,
            scope,
            recording,
            &revisions,
            prepared,
            &mut leaves,
            &mut events,
            &mut known,
        )
        .await?;
    }
    for (id, row) in &created {
        report.rows.insert(id.clone(), *row);
    }
    for (id, known) in &known {
        report.rows.insert(id.clone(), known.identity.row);
    }

    let mut evaluated = Vec::with_capacity(evaluations.len());
    for evaluations in evaluations {
        let Some(known) = known.get(&evaluations.id) else {
            let what = format!(
                "resource '{}' of {scope} was evaluated but is not recorded",
                evaluations.id
            );
            return Err(StoreError::InvalidRequest(what));
        };
        evaluated.push(Evaluated {
            resource: known.identity.clone(),
            evaluations: evaluations.evaluations,
            ruleset: Some(evaluations.ruleset),
            unread: (evaluations.unread != known.unread).then(|| evaluations.unread.join("\n")),
        });
    }
    let outcome = evaluation::apply(&mut transaction, &evaluated, rules, at).await?;
    report.opened_findings = outcome.opened;
    report.resolved_findings = outcome.resolved;
    events.extend(outcome.events);
    report.events = events.len();

    let (created, changed) = (count(report.created + report.reappeared), count(report.changed));
    if created + changed > 0 {
        let counts = Statement::of(COUNT).bind(scan).bind(created).bind(changed);
        transaction.execute(counts).await?;
    }
    if !events.is_empty() {
        transaction.append_to_chain(recording, at, leaves).await?;
        transaction.write_events(at, &events).await?;
    }
    transaction.commit().await?;
    Ok(report)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn prepare(observations: Vec<Observation>, dictionary: Option<&Dictionary>) -> Result<Vec<Prepared>> {
    let mut encoder = Encoder::new(dictionary)?;
    let mut ids = BTreeSet::new();
    observations
        .into_iter()
        .map(|observation| {
            let (resource, full, revision) = match observation {
                Observation::Revision {
                    resource,
                    full,
                    durable,
                    change: _,
                    actor,
                    mut differences,
                } => {
                    differences.truncate(MOST_DIFFERENCES);
                    (resource, full, Some((durable, actor, differences)))
                }
                Observation::Ephemeral { row: _, resource, full } => (resource, full, None),
            };
            if !ids.insert(resource.id.clone()) {
                let what = format!("resource '{}' is twice in one batch", resource.id);
                return Err(StoreError::InvalidRequest(what));
            }
            let canonical = canonical_bytes(&resource.document);
            if Digest::of(&canonical) != full {
                let what = format!(
                    "the digest given for resource '{}' is not that of its document",
                    resource.id
                );
                return Err(StoreError::InvalidRequest(what));
            }
            let revision = match revision {
                Some((durable, actor, differences)) => Some(PreparedRevision {
                    durable,
                    actor: actor.as_ref().map(json).transpose()?,
                    event_actor: actor,
                    differences,
                    body: encoder.encode(&canonical)?,
                    dictionary: encoder.dictionary(),
                }),
                None => None,
            };
            let words = Some(tokens(&resource.document).encoded());
            Ok(Prepared {
                resource,
                full,
                canonical,
                revision,
                words,
            })
        })
        .collect()
}

async fn running_scan(transaction: &mut Transaction, scan: ScanId, scope: &Scope) -> Result<i64> {
    let running = Statement::of(RUNNING_SCAN)
        .bind(scan)
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(scope.technology.as_str());
    match transaction.fetch_optional(running).await? {
        Some(row) => row.integer("scope"),
        None => Err(StoreError::Conflict(format!("scan {scan} of {scope} is not running"))),
    }
}

async fn known(
    transaction: &mut Transaction,
    scope_row: i64,
    ids: &BTreeSet<&ResourceId>,
) -> Result<BTreeMap<ResourceId, Known>> {
    let mut found = BTreeMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut query = Builder::new("select ");
    query
        .push(super::IDENTITY)
        .push(", is_active, changed_at, durable_digest, unread from resource where scope = ");
    query
        .value(scope_row)
        .push(" and aws_id in ")
        .list(ids.iter().map(|id| id.as_str()))
        .push(" order by id")
        .push(transaction.for_update());
    for row in transaction.fetch(query.build()).await? {
        let known = Known {
            identity: Identity::read(&row)?,
            is_active: row.is_true("is_active")?,
            changed_at: row.time("changed_at")?,
            durable: row.digest("durable_digest")?,
            unread: super::read_unread(&row)?,
        };
        found.insert(known.identity.key.id.clone(), known);
    }
    Ok(found)
}

/// Name, ARN and id in lower case: what the list's search looks at.
fn search_text(resource: &ObservedResource) -> String {
    let arn = resource.arn.as_deref().unwrap_or_default();
    format!("{}\n{}\n{}", resource.name, arn, resource.id).to_lowercase()
}

fn home_region(resource: &ObservedResource, scope_region: &str) -> String {
    resource
        .home_region
        .as_ref()
        .map_or(scope_region, |region| region.as_str())
        .to_owned()
}

async fn insert_created(
    transaction: &mut Transaction,
    scope_row: i64,
    scope: &Scope,
    at: Timestamp,
    prepared: &[Prepared],
    known: &BTreeMap<ResourceId, Known>,
) -> Result<BTreeMap<ResourceId, ResourceRow>> {
    let rows: Vec<[Param; 16]> = prepared
        .iter()
        .filter(|item| !known.contains_key(&item.resource.id))
        .filter_map(|item| {
            let resource = &item.resource;
            let revision = item.revision.as_ref()?;
            Some([
                scope_row.into(),
                scope.account.as_str().into(),
                scope.region.as_str().into(),
                scope.technology.as_str().into(),
                resource.id.as_str().into(),
                resource.name.as_str().into(),
                resource.arn.as_deref().into(),
                home_region(resource, scope.region.as_str()).into(),
                search_text(resource).into(),
                true.into(),
                at.into(),
                at.into(),
                Change::Created.as_str().into(),
                at.into(),
                (&item.full).into(),
                (&revision.durable).into(),
            ])
        })
        .collect();
    let head =
        "insert into resource (scope, account, region, technology, aws_id, name, arn, home_region, search, is_active,
        first_seen, last_seen, latest_change, changed_at, full_digest, durable_digest)";
    let returned = transaction.insert(head, rows, "returning id, aws_id").await?;
    returned
        .iter()
        .map(|row| Ok((row.id("aws_id")?, ResourceRow(row.integer("id")?))))
        .collect()
}

/// Removes what is written anew: tags, links, and the words if they have changed. Forgets in `prepared` words that are there already.
async fn forget(
    transaction: &mut Transaction,
    rows: &[ResourceRow],
    prepared: &mut [Prepared],
    known: &BTreeMap<ResourceId, Known>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    for table in [
        "delete from resource_tag where resource in ",
        "delete from link where resource in ",
    ] {
        let mut query = Builder::new(table);
        query.list(rows.iter().copied());
        transaction.execute(query.build()).await?;
    }
    let mut query = Builder::new("select resource, body from current_document where resource in ");
    query.list(rows.iter().copied());
    let mut before = BTreeMap::new();
    for row in transaction.fetch(query.build()).await? {
        before.insert(
            ResourceRow(row.integer("resource")?),
            tokens(&row.json("body")?).encoded(),
        );
    }
    let mut changed = Vec::new();
    for item in prepared {
        if let Some(row) = known.get(&item.resource.id).map(|known| known.identity.row) {
            match before.get(&row) {
                Some(before) if item.words.as_ref() == Some(before) => item.words = None,
                _ => changed.push(row),
            }
        }
    }
    if !changed.is_empty() {
        let mut query = Builder::new("delete from resource_words where rowid in ");
        query.list(changed);
        transaction.execute(query.build()).await?;
    }
    Ok(())
}

/// Writes current documents, tags, links and words.
async fn write_parts(
    transaction: &mut Transaction,
    prepared: &[Prepared],
    row_of: &impl Fn(&ResourceId) -> Option<ResourceRow>,
) -> Result<()> {
    let (mut documents, mut tags, mut links, mut words) = (vec![], vec![], vec![], vec![]);
    for item in prepared {
        let Some(row) = row_of(&item.resource.id) else { continue };
        let Ok(text) = std::str::from_utf8(&item.canonical) else {
            continue; // serde_json writes UTF-8
        };
        documents.push([row.into(), text.into()]);
        for (key, value) in &item.resource.tags {
            tags.push([row.into(), key.as_str().into(), value.as_str().into()]);
        }
        let distinct: BTreeSet<_> = item.resource.links.iter().collect();
        for link in distinct {
            links.push([row.into(), link.to.as_str().into(), link.id.as_str().into()]);
        }
        if let Some(text) = &item.words {
            words.push([row.into(), text.as_str().into()]);
        }
    }
    let head = "insert into current_document (resource, body)";
    let tail = "on conflict (resource) do update set body = excluded.body";
    transaction.insert(head, documents, tail).await?;
    transaction
        .insert("insert into resource_tag (resource, key, value)", tags, "")
        .await?;
    transaction
        .insert("insert into link (resource, to_technology, to_id)", links, "")
        .await?;
    transaction
        .insert("insert into resource_words (rowid, words)", words, "")
        .await?;
    Ok(())
}

/// Notes the new state of resources without a revision.
async fn touch(
    transaction: &mut Transaction,
    positions: &[usize],
    prepared: &[Prepared],
    row_of: &impl Fn(&ResourceId) -> Option<ResourceRow>,
    at: Timestamp,
) -> Result<()> {
    let rows: Vec<[Param; 6]> = positions
        .iter()
        .filter_map(|position| {
            let item = prepared.get(*position)?;
            Some([
                row_of(&item.resource.id)?.into(),
                item.resource.name.as_str().into(),
                item.resource.arn.as_deref().into(),
                search_text(&item.resource).into(),
                at.into(),
                (&item.full).into(),
            ])
        })
        .collect();
    let head = "update resource set name = v.column2, arn = v.column3, search = v.column4, last_seen = v.column5,
        full_digest = v.column6 from (";
    transaction
        .update(head, rows, ") as v where resource.id = v.column1")
        .await
}

#[expect(
    clippy::too_many_arguments,
    reason = "one caller, which owns all of it; a struct would only name them twice"
)]
async fn write_revisions(
    transaction: &mut Transaction,
    scope: &Scope,
    recording: i64,
    revisions: &[NewRevision],
    mut prepared: Vec<Prepared>,
    leaves: &mut Leaves,
    events: &mut Vec<EventBody>,
    known: &mut BTreeMap<ResourceId, Known>,
) -> Result<()> {
    let mut rows: Vec<[Param; 9]> = Vec::with_capacity(revisions.len());
    for new in revisions {
        let Some((item, revision)) = revision_of(&mut prepared, new.position) else {
            continue;
        };
        rows.push([
            new.row.into(),
            new.observed_at.into(),
            new.change.as_str().into(),
            recording.into(),
            (&item).into(),
            (&revision.durable).into(),
            revision.actor.as_deref().into(),
            revision.dictionary.into(),
            std::mem::take(&mut revision.body).into(),
        ]);
    }
    let head = "insert into revision (resource, observed_at, change, recording, full_digest, durable_digest, actor, dictionary, body)";
    let mut numbers = BTreeMap::new();
    for row in transaction.insert(head, rows, "returning id, resource").await? {
        numbers.insert(ResourceRow(row.integer("resource")?), row.integer("id")?);
    }
    let mut heads: Vec<[Param; 10]> = Vec::with_capacity(revisions.len());
    for new in revisions {
        let number = numbers.get(&new.row).copied();
        let number = number.ok_or_else(|| StoreError::Corrupt("an inserted revision has no number".to_owned()))?;
        let Some(item) = prepared.get_mut(new.position) else {
            continue;
        };
        let Some(revision) = item.revision.take() else { continue };
        let resource = &item.resource;
        let key = ResourceKey {
            scope: scope.clone(),
            id: resource.id.clone(),
        };
        let leaf = revision_leaf(
            &key,
            new.observed_at,
            new.change,
            &item.full,
            &revision.durable,
            revision.actor.as_deref(),
        );
        leaves.add_revision(number, leaf);
        let home_region = home_region(resource, scope.region.as_str());
        heads.push([
            new.row.into(),
            resource.name.as_str().into(),
            resource.arn.as_deref().into(),
            home_region.as_str().into(),
            search_text(resource).into(),
            new.observed_at.into(),
            number.into(),
            new.change.as_str().into(),
            (&item.full).into(),
            (&revision.durable).into(),
        ]);
        let known_now = Known {
            identity: Identity {
                row: new.row,
                key: key.clone(),
                name: resource.name.clone(),
                arn: resource.arn.clone(),
                home_region,
            },
            is_active: true,
            changed_at: new.observed_at,
            durable: revision.durable,
            unread: known.remove(&resource.id).map_or_else(Vec::new, |before| before.unread),
        };
        known.insert(resource.id.clone(), known_now);
        events.push(EventBody::ResourceChanged {
            resource: key,
            name: resource.name.clone(),
            arn: resource.arn.clone(),
            change: new.change,
            revision: number,
            actor: revision.event_actor,
            differences: revision.differences,
        });
    }
    let head = "update resource set name = v.column2, arn = v.column3, home_region = v.column4, search = v.column5, is_active = 1,
        last_seen = v.column6, changed_at = v.column6, latest_revision = v.column7, latest_change = v.column8,
        full_digest = v.column9, durable_digest = v.column10 from (";
    transaction
        .update(head, heads, ") as v where resource.id = v.column1")
        .await
}

fn revision_of(prepared: &mut [Prepared], position: usize) -> Option<(Digest, &mut PreparedRevision)> {
    let item = prepared.get_mut(position)?;
    Some((item.full, item.revision.as_mut()?))
}
