//! One batch: what is new in it, what the rules say of that, and one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use security_monkey_auditor::{Auditor, Collection, LinkedResource};
use security_monkey_model::document::{DocumentRules, Path, Segment, difference};
use security_monkey_model::{
    Change, Digest, Document, Link, ObservedResource, ResourceId, ResourceKey, Scope, TechnologyId, Timestamp,
};
use security_monkey_store::ResourceRow;
use security_monkey_store::record::{Head, Observation, RecordBatch, ResourceEvaluations};
use security_monkey_watcher::{ScanPlace, Technology};

use super::{Running, UnitScan, WorkError};
use crate::audit::{AuditSubject, Surroundings, Wanted, collections_read, links_read};
use crate::engine::Inner;
use crate::knowledge::Knowledge;

/// What the batches of one unit share.
#[derive(Default)]
pub(super) struct BatchContext {
    /// By technology whose rules read them. What this unit itself changes in them is made up for after it.
    collections: BTreeMap<TechnologyId, Arc<BTreeMap<TechnologyId, Collection>>>,
}

/// A resource of a batch, compared with what is known of it.
struct Compared {
    resource: ObservedResource,
    head: Option<Head>,
    full: Digest,
    durable: Digest,
    /// Digest of what decides its audit.
    audit_key: Digest,
    step: Step,
}

impl Compared {
    /// Whether the document, or what of it could not be read, differs from what is recorded.
    fn is_news(&self) -> bool {
        let unread = self.head.as_ref().map(|head| &head.unread);
        self.step != Step::Audit || unread.is_some_and(|unread| *unread != self.resource.unread)
    }
}

/// What is to be done with a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// As it was, and audited as it would be now.
    Nothing,
    /// As it was, and audited by other rules than now.
    Audit,
    /// Only ephemeral paths differ: no revision, but rules may read them.
    Ephemeral,
    /// A new revision.
    Revision(Change),
}

impl Step {
    const fn is_audited(self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

impl Inner {
    /// Records and audits a batch in one transaction; returns the resources that are not as they were. Unchanged resources cost one look-up
    /// for the whole batch and no write.
    pub(super) async fn record_batch(
        &self,
        unit: &UnitScan,
        running: &mut Running,
        resources: Vec<ObservedResource>,
        context: &mut BatchContext,
    ) -> Result<Vec<ResourceRow>, WorkError> {
        let store = &self.parts.store;
        let at = self.parts.clock.now();
        let scope = running.scope.clone();
        running.report.resources += resources.len();
        let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id.clone()).collect();
        let heads: HashMap<ResourceId, Head> = store
            .heads(&scope, &ids)
            .await?
            .into_iter()
            .map(|head| (head.id.clone(), head))
            .collect();
        running.seen.extend(heads.values().map(|head| head.row));
        running.still_unread.extend(
            resources
                .iter()
                .filter(|resource| !resource.unread.is_empty())
                // What was never seen before has no next list to wait for in a single look.
                .filter(|resource| heads.get(&resource.id).is_none_or(|head| !head.unread.is_empty()))
                .map(|resource| resource.id.clone()),
        );

        let knowledge = self.knowledge().await?;
        let with_last_known = resources.iter().filter(|resource| !resource.unread.is_empty());
        let rows: Vec<ResourceRow> = with_last_known
            .filter_map(|resource| heads.get(&resource.id).map(|head| head.row))
            .collect();
        let last_known = self.documents(&rows).await?;
        let keyed: Vec<(ObservedResource, Digest)> = resources
            .into_iter()
            .map(|resource| {
                let key = self.audit_key(&scope.technology, &scope.account, &resource.unread, &knowledge);
                (resource, key)
            })
            .collect();
        let technology = self.parts.technologies.get(&scope.technology).cloned();
        let compared = self
            .compute({
                let (technology, place) = (technology.clone(), unit.place());
                move || compare(keyed, heads, &last_known, technology.as_deref(), &place)
            })
            .await?;
        if compared.is_empty() {
            return Ok(Vec::new());
        }

        let changed = compared.iter().filter(|one| matches!(one.step, Step::Revision(_)));
        let rows: Vec<ResourceRow> = changed
            .filter_map(|one| one.head.as_ref().map(|head| head.row))
            .collect();
        let before = self.documents(&rows).await?;
        // What neighbours may see otherwise than before.
        let news: Vec<ResourceId> = compared
            .iter()
            .filter(|one| one.is_news())
            .map(|one| one.resource.id.clone())
            .collect();
        let surroundings = self.surroundings(&scope, &compared, context).await?;
        let auditor = Arc::clone(&self.parts.auditor);
        let of = scope.clone();
        let (observations, evaluations) = self
            .compute(move || {
                assess(
                    &of,
                    at,
                    compared,
                    &before,
                    &auditor,
                    &knowledge,
                    &surroundings,
                    technology.as_deref(),
                )
            })
            .await?;
        let report = store
            .record(RecordBatch {
                scan: running.scan,
                scope: &scope,
                at,
                observations,
                evaluations,
                rules: &self.rule_facts,
                lease: unit.lease.clone(),
            })
            .await?;
        let total = &mut running.report;
        total.created += report.created;
        total.changed += report.changed;
        total.reappeared += report.reappeared;
        total.ephemeral += report.ephemeral;
        total.opened_findings += report.opened_findings;
        total.resolved_findings += report.resolved_findings;
        running.seen.extend(report.rows.values().copied());
        Ok(news.iter().filter_map(|id| report.rows.get(id).copied()).collect())
    }

    async fn documents(&self, rows: &[ResourceRow]) -> Result<HashMap<ResourceRow, Document>, WorkError> {
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.parts.store.current_documents(rows).await?.into_iter().collect())
    }

    /// What the rules of this batch may see besides its resources.
    async fn surroundings(
        &self,
        scope: &Scope,
        compared: &[Compared],
        context: &mut BatchContext,
    ) -> Result<Surroundings, WorkError> {
        let audited = || compared.iter().filter(|one| one.step.is_audited());
        if audited().next().is_none() {
            return Ok(Surroundings::default());
        }
        if !context.collections.contains_key(&scope.technology) {
            let read = collections_read(&self.parts.auditor, &scope.technology);
            let fresh = self.collections(&scope.account, &read).await?;
            context.collections.insert(scope.technology.clone(), fresh);
        }
        let collections = context
            .collections
            .get(&scope.technology)
            .map(Arc::clone)
            .unwrap_or_default();
        let mut surroundings = Surroundings::new(collections);
        let followed = links_read(&self.parts.auditor, &scope.technology);
        if followed.is_empty() {
            return Ok(surroundings);
        }
        if followed.contains(&scope.technology) {
            // Neighbours of the same kind that are newer here than in the store.
            for one in compared {
                surroundings.add(LinkedResource {
                    technology: scope.technology.clone(),
                    id: one.resource.id.clone(),
                    arn: one.resource.arn.clone(),
                    document: one.resource.document.clone(),
                    unread: one.resource.unread.clone(),
                });
            }
        }
        let links: BTreeSet<&Link> = audited()
            .flat_map(|one| &one.resource.links)
            .filter(|link| followed.contains(&link.to))
            .collect();
        if !links.is_empty() {
            let links: Vec<Link> = links.into_iter().cloned().collect();
            surroundings.add_current(self.parts.store.resolve_links(&scope.account, &links).await?);
        }
        Ok(surroundings)
    }
}

/// Decides what is to be done with each resource; those with nothing to do are dropped.
fn compare(
    resources: Vec<(ObservedResource, Digest)>,
    heads: HashMap<ResourceId, Head>,
    last_known: &HashMap<ResourceRow, Document>,
    technology: Option<&Technology>,
    place: &ScanPlace,
) -> Vec<Compared> {
    let fallback = DocumentRules::default();
    let rules = technology.map_or(&fallback, Technology::document_rules);
    let keys = |list: &[Segment]| technology.map_or_else(Vec::new, |known| known.element_keys(list));
    let mut heads = heads;
    let mut compared = Vec::new();
    for (mut resource, audit_key) in resources {
        let head = heads.remove(&resource.id);
        if let Some(old) = head.as_ref().and_then(|head| last_known.get(&head.row)) {
            for path in &resource.unread {
                restore(&mut resource.document, old, path, &keys);
            }
            if let Some(technology) = technology {
                technology.describe(place, &mut resource);
            }
        }
        let full = Digest::of_document(&resource.document);
        let stale = head.as_ref().is_none_or(|head| head.ruleset != Some(audit_key));
        let (durable, step) = match &head {
            Some(head) if head.is_active && head.full == full => {
                (head.durable, if stale { Step::Audit } else { Step::Nothing })
            }
            _ => {
                let durable = rules.durable_digest(&resource.document);
                let step = match &head {
                    None => Step::Revision(Change::Created),
                    Some(head) if !head.is_active => Step::Revision(Change::Reappeared),
                    Some(head) if head.durable == durable => Step::Ephemeral,
                    Some(_) => Step::Revision(Change::Changed),
                };
                (durable, step)
            }
        };
        if step != Step::Nothing {
            compared.push(Compared {
                resource,
                head,
                full,
                durable,
                audit_key,
                step,
            });
        }
    }
    compared
}

#[expect(clippy::too_many_arguments, reason = "one caller, which has all of it")]
fn assess(
    scope: &Scope,
    at: Timestamp,
    compared: Vec<Compared>,
    before: &HashMap<ResourceRow, Document>,
    auditor: &Auditor,
    knowledge: &Knowledge,
    surroundings: &Surroundings,
    technology: Option<&Technology>,
) -> (Vec<Observation>, Vec<ResourceEvaluations>) {
    let mut observations = Vec::with_capacity(compared.len());
    let mut evaluations = Vec::with_capacity(compared.len());
    for one in compared {
        let resource = one.resource;
        if one.step.is_audited() {
            let key = ResourceKey {
                scope: scope.clone(),
                id: resource.id.clone(),
            };
            let subject = AuditSubject {
                key: &key,
                name: &resource.name,
                arn: resource.arn.as_deref(),
                home_region: resource.home_region.as_ref(),
                tags: &resource.tags,
                are_tags_unread: technology.is_some_and(|known| known.hides_tags(&resource.unread)),
                document: &resource.document,
                unread: &resource.unread,
                first_seen: one.head.as_ref().map_or(at, |head| head.first_seen),
                links: &resource.links,
            };
            evaluations.push(ResourceEvaluations {
                id: key.id.clone(),
                evaluations: surroundings.evaluate(auditor, knowledge, at, &subject, &Wanted::All),
                ruleset: one.audit_key,
                unread: resource.unread.clone(),
            });
        }
        match (one.step, one.head) {
            (Step::Revision(change), head) => {
                let old = head.and_then(|head| before.get(&head.row));
                observations.push(Observation::Revision {
                    differences: old.map_or_else(Vec::new, |old| difference(old, &resource.document)),
                    resource,
                    full: one.full,
                    durable: one.durable,
                    change,
                    actor: None,
                });
            }
            (Step::Ephemeral, Some(head)) => observations.push(Observation::Ephemeral {
                row: head.row,
                resource,
                full: one.full,
            }),
            (Step::Ephemeral | Step::Audit | Step::Nothing, _) => {}
        }
    }
    (observations, evaluations)
}

/// Gives a document the last known value of a path that could not be read: a refused call is neither a removal nor a change.
/// `keys` names what tells the elements of a list apart.
fn restore(document: &mut Document, old: &Document, path: &str, keys: &dyn Fn(&[Segment]) -> Vec<Path>) {
    // A path that is none was never written by the watcher; leaving the document as it is loses nothing.
    if let Ok(path) = Path::parse(path) {
        restore_from(document, old, path.segments(), 0, keys);
    }
}

fn restore_from(
    document: &mut Document,
    old: &Document,
    path: &[Segment],
    position: usize,
    names: &dyn Fn(&[Segment]) -> Vec<Path>,
) {
    let is_last = position + 1 == path.len();
    match (path.get(position), document, old) {
        (Some(Segment::Member(name)), Document::Object(new), Document::Object(old)) => {
            let Some(last) = old.get(name) else { return };
            // The calls for other elements of a list may have been answered.
            let is_element = path[..position].contains(&Segment::Elements);
            match new.get_mut(name) {
                Some(member) if !is_last => restore_from(member, last, path, position + 1, names),
                Some(_) if is_element => {}
                _ if is_last => {
                    new.insert(name.clone(), last.clone());
                }
                _ => {}
            }
        }
        (Some(Segment::Elements), Document::Array(new), Document::Array(old)) if !is_last => {
            let keys = names(&path[..=position]);
            let key = |element: &Document| -> Option<Vec<Document>> {
                let values = keys
                    .iter()
                    .map(|key| key.select(element).first().map(|value| Document::clone(value)));
                values.collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
            };
            for element in new {
                let Some(own) = key(element) else { continue };
                if let Some(last) = old.iter().find(|last| key(last).as_ref() == Some(&own)) {
                    restore_from(element, last, path, position + 1, names);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use security_monkey_model::Document;
    use security_monkey_model::document::{Path, Segment};
    use serde_json::json;

    use super::restore;

    /// The elements of `Keys` are told apart by their `Id`, nothing else is.
    fn restored(mut document: Document, old: &Document, paths: &[&str]) -> Document {
        let list = Path::parse("Keys[]").unwrap();
        let keys = |path: &[Segment]| {
            let is_known = path == list.segments();
            is_known.then(|| Path::parse("Id").unwrap()).into_iter().collect()
        };
        for path in paths {
            restore(&mut document, old, path, &keys);
        }
        document
    }

    #[test]
    fn an_unread_member_keeps_its_last_known_value() {
        let old = json!({"Name": "a", "Policy": {"Statement": []}});
        assert_eq!(
            restored(json!({"Name": "b"}), &old, &["Policy"]),
            json!({"Name": "b", "Policy": {"Statement": []}})
        );
    }

    #[test]
    fn what_was_never_known_stays_unknown() {
        let document = json!({"Name": "b", "Keys": [{"Id": "a"}]});
        let old = json!({"Name": "a", "Keys": []});
        assert_eq!(
            restored(document.clone(), &old, &["Policy", "no path.", "Keys[].Used"]),
            document
        );
    }

    #[test]
    fn elements_find_their_own_last_known_value_also_when_they_changed_otherwise() {
        let old = json!({"Keys": [{"Id": "a", "Used": 1, "Status": "Active"}, {"Id": "b", "Used": 2}, {"Used": 9}]});
        let document = json!({"Keys": [{"Id": "c"}, {"Id": "b"}, {"Id": "a", "Status": "Inactive"}, {}]});
        assert_eq!(
            restored(document, &old, &["Keys[].Used"]),
            json!({"Keys": [{"Id": "c"}, {"Id": "b", "Used": 2}, {"Id": "a", "Used": 1, "Status": "Inactive"}, {}]})
        );
    }

    #[test]
    fn an_element_that_was_read_keeps_what_was_read() {
        let old = json!({"Keys": [{"Id": "a", "Used": 1}, {"Id": "b", "Used": 2}]});
        let document = json!({"Keys": [{"Id": "a", "Used": 7}, {"Id": "b"}]});
        assert_eq!(
            restored(document, &old, &["Keys[].Used"]),
            json!({"Keys": [{"Id": "a", "Used": 7}, {"Id": "b", "Used": 2}]})
        );
    }

    #[test]
    fn two_unread_members_of_one_element_are_both_kept() {
        let old = json!({"Keys": [{"Id": "a", "Used": 1, "From": "x"}]});
        assert_eq!(
            restored(json!({"Keys": [{"Id": "a"}]}), &old, &["Keys[].From", "Keys[].Used"]),
            old
        );
    }
}
