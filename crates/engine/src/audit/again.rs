//! Auditing again what has not changed itself: because something it refers to has, because time has passed, because the rules have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use security_monkey_auditor::{Collection, Rule};
use security_monkey_model::{AccountId, Link, RuleId, TechnologyId};
use security_monkey_store::record::RowEvaluations;
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::{Page, ResourceRow};

use super::{AuditSubject, Surroundings, Wanted, collections_read, links_read};
use crate::engine::Inner;
use crate::scan::{Aftermath, WorkError};

/// Resources audited in one transaction.
const CHUNK: usize = 200;

/// Collections by account, kept for the length of one pass.
type Collections = BTreeMap<(AccountId, TechnologyId), Arc<BTreeMap<TechnologyId, Collection>>>;

impl Inner {
    /// Audits what depends on what scans have changed: by links, and by the account's collections. Returns how many resources.
    pub(crate) async fn audit_dependents(&self, aftermath: &Aftermath) -> Result<usize, WorkError> {
        let mut audited = 0;
        let changed: BTreeSet<&TechnologyId> = aftermath.rows.keys().collect();
        let following = self.rules_where(|rule| rule.links.iter().any(|link| changed.contains(link)));
        if !following.is_empty() {
            let rows: Vec<ResourceRow> = aftermath.rows.values().flatten().copied().collect();
            let mut dependents = BTreeSet::new();
            for chunk in rows.chunks(CHUNK) {
                dependents.extend(self.parts.store.dependents(chunk).await?);
            }
            let rows: Vec<ResourceRow> = dependents.into_iter().collect();
            audited += self.audit_rows(&rows, &Wanted::Rules(following)).await?;
        }
        for (account, technologies) in &aftermath.collections {
            let is_read = |list: &[TechnologyId]| list.iter().any(|read| technologies.contains(read));
            let reading = self.rules_where(|rule| is_read(&rule.reads) || is_read(&rule.excused_by));
            audited += self.audit_with(account, &reading).await?;
        }
        Ok(audited)
    }

    /// Evaluates these rules on everything they look at in an account.
    pub(crate) async fn audit_with(&self, account: &AccountId, rules: &BTreeSet<RuleId>) -> Result<usize, WorkError> {
        let all = self.parts.auditor.rules();
        let technologies: BTreeSet<&TechnologyId> = rules
            .iter()
            .filter_map(|id| all.get(id))
            .flat_map(|rule| &rule.technologies)
            .collect();
        let wanted = Wanted::Rules(rules.clone());
        let mut audited = 0;
        for technology in technologies {
            audited += self.audit_everything(account, technology, &wanted).await?;
        }
        Ok(audited)
    }

    /// Evaluates rules on all of an account's resources of a technology; with [`Wanted::All`], on those last evaluated with others.
    async fn audit_everything(
        &self,
        account: &AccountId,
        technology: &TechnologyId,
        wanted: &Wanted,
    ) -> Result<usize, WorkError> {
        let mut audited = 0;
        let mut page = Page::first(u32::try_from(CHUNK).unwrap_or(u32::MAX));
        let mut collections = Collections::new();
        loop {
            let found = self.parts.store.current_of(account, technology, &page).await?;
            audited += self.audit_settled(found.items, wanted, &mut collections).await?;
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(audited),
            }
        }
    }

    /// Evaluates all rules on resources that were last evaluated with others.
    pub(crate) async fn audit_stale(&self) -> Result<usize, WorkError> {
        let knowledge = self.knowledge().await?;
        let mut audited = 0;
        for technology in self.parts.technologies.all() {
            let common = self.common_audit_key(technology.id(), &knowledge);
            let mut after = ResourceRow(0);
            let limit = u32::try_from(CHUNK).unwrap_or(u32::MAX);
            loop {
                let rows = self
                    .parts
                    .store
                    .stale_audits(technology.id(), &common, after, limit)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = *last;
                audited += self.audit_rows(&rows, &Wanted::All).await?;
            }
            // Where rules are switched off, what was evaluated with all of them looks fresh to the store.
            for account in knowledge.accounts.keys() {
                if self.audit_key(technology.id(), account, &[], &knowledge) != common {
                    audited += self.audit_everything(account, technology.id(), &Wanted::All).await?;
                }
            }
        }
        Ok(audited)
    }

    pub(crate) fn rules_where(&self, wanted: impl Fn(&Rule) -> bool) -> BTreeSet<RuleId> {
        let rules = self.parts.auditor.rules().rules();
        rules
            .iter()
            .filter(|rule| wanted(rule))
            .map(|rule| rule.id.clone())
            .collect()
    }

    async fn audit_rows(&self, rows: &[ResourceRow], wanted: &Wanted) -> Result<usize, WorkError> {
        let mut audited = 0;
        let mut collections = Collections::new();
        for chunk in rows.chunks(CHUNK) {
            let resources = self.parts.store.current(chunk).await?;
            audited += self.audit_settled(resources, wanted, &mut collections).await?;
        }
        Ok(audited)
    }

    /// Evaluates, and once more what a scan has recorded anew in between: its evaluation may have been made without knowing the news
    /// that this one is for.
    async fn audit_settled(
        &self,
        mut resources: Vec<CurrentResource>,
        wanted: &Wanted,
        collections: &mut Collections,
    ) -> Result<usize, WorkError> {
        let mut audited = 0;
        while !resources.is_empty() {
            let (count, superseded) = self.audit_chunk(resources, wanted, collections).await?;
            audited += count;
            resources = self.parts.store.current(&superseded).await?;
        }
        Ok(audited)
    }

    /// Returns how many were evaluated, and which of them a scan has recorded anew meanwhile.
    async fn audit_chunk(
        &self,
        resources: Vec<CurrentResource>,
        wanted: &Wanted,
        collections: &mut Collections,
    ) -> Result<(usize, Vec<ResourceRow>), WorkError> {
        let mut groups: BTreeMap<(AccountId, TechnologyId), Vec<CurrentResource>> = BTreeMap::new();
        for resource in resources {
            let scope = &resource.key.scope;
            let group = groups
                .entry((scope.account.clone(), scope.technology.clone()))
                .or_default();
            group.push(resource);
        }
        let (mut audited, mut superseded) = (0, Vec::new());
        for (place, resources) in groups {
            if self.parts.auditor.rules().for_technology(&place.1).next().is_none() {
                continue;
            }
            if !collections.contains_key(&place) {
                let read = collections_read(&self.parts.auditor, &place.1);
                let fresh = self.collections(&place.0, &read).await?;
                collections.insert(place.clone(), fresh);
            }
            let around = collections.get(&place).map(Arc::clone).unwrap_or_default();
            let (count, newer) = self.audit_group(&place, resources, wanted, around).await?;
            audited += count;
            superseded.extend(newer);
        }
        Ok((audited, superseded))
    }

    async fn audit_group(
        &self,
        (account, technology): &(AccountId, TechnologyId),
        resources: Vec<CurrentResource>,
        wanted: &Wanted,
        collections: Arc<BTreeMap<TechnologyId, Collection>>,
    ) -> Result<(usize, Vec<ResourceRow>), WorkError> {
        let knowledge = self.knowledge().await?;
        let followed = links_read(&self.parts.auditor, technology);
        let links: BTreeSet<Link> = resources
            .iter()
            .flat_map(|resource| &resource.links)
            .filter(|link| followed.contains(&link.to))
            .cloned()
            .collect();
        let mut surroundings = Surroundings::new(collections);
        if !links.is_empty() {
            let links: Vec<Link> = links.into_iter().collect();
            surroundings.add_current(self.parts.store.resolve_links(account, &links).await?);
        }
        let keys: Vec<_> = resources
            .iter()
            .map(|resource| self.audit_key(technology, account, &resource.unread, &knowledge))
            .collect();
        let known = self.parts.technologies.get(technology).cloned();
        let (auditor, now, wanted) = (Arc::clone(&self.parts.auditor), self.parts.clock.now(), wanted.clone());
        let evaluations = self
            .compute(move || {
                let mut made = Vec::with_capacity(resources.len());
                for (resource, key) in resources.into_iter().zip(keys) {
                    let is_all = matches!(wanted, Wanted::All);
                    if is_all && resource.ruleset == Some(key) {
                        continue;
                    }
                    let home = &resource.home_region;
                    let subject = AuditSubject {
                        key: &resource.key,
                        name: &resource.name,
                        arn: resource.arn.as_deref(),
                        home_region: (resource.key.scope.region.is_global() && !home.is_global()).then_some(home),
                        tags: &resource.tags,
                        are_tags_unread: known.as_ref().is_some_and(|known| known.hides_tags(&resource.unread)),
                        document: &resource.document,
                        unread: &resource.unread,
                        first_seen: resource.first_seen,
                        links: &resource.links,
                    };
                    let evaluations = surroundings.evaluate(&auditor, &knowledge, now, &subject, &wanted);
                    made.push(RowEvaluations {
                        row: resource.row,
                        full: resource.full,
                        unread: resource.unread,
                        evaluations,
                        ruleset: is_all.then_some(key),
                    });
                }
                made
            })
            .await?;
        let store = &self.parts.store;
        let count = evaluations.len();
        let report = store.record_evaluations(evaluations, &self.rule_facts, now).await?;
        Ok((count - report.superseded.len(), report.superseded))
    }
}
