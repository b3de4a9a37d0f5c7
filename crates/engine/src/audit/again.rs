//! Auditing again what has not changed itself: because something it refers to has, because time has passed, because the rules have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use security_monkey_auditor::{Collection, Rule};
use security_monkey_model::{AccountId, Link, ResourceKey, RuleId, Scope, TechnologyId};
use security_monkey_store::gap::GapFilter;
use security_monkey_store::record::RowEvaluations;
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::{Page, ResourceRow, StoreError};

use super::{AuditSubject, Surroundings, Wanted, collections_read, links_read};
use crate::engine::Inner;
use crate::scan::{Aftermath, WorkError};

/// Resources audited in one transaction.
const CHUNK: usize = 200;

/// Collections by account, kept for the length of one pass.
type Collections = BTreeMap<(AccountId, TechnologyId), Arc<BTreeMap<TechnologyId, Collection>>>;

/// Paths that could not be read, by resource, kept for the length of one pass.
#[derive(Default)]
struct Unread {
    loaded: BTreeSet<(AccountId, TechnologyId)>,
    paths: BTreeMap<ResourceKey, Vec<String>>,
    /// Fields that could not be read of any resource of a scope.
    everywhere: BTreeMap<Scope, Vec<String>>,
}

impl Unread {
    fn of(&self, key: &ResourceKey) -> Vec<String> {
        let own = self.paths.get(key).into_iter().flatten();
        let mut paths: Vec<String> = own
            .chain(self.everywhere.get(&key.scope).into_iter().flatten())
            .cloned()
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

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
        let (mut collections, mut unread) = (Collections::new(), Unread::default());
        loop {
            let found = self.parts.store.current_of(account, technology, &page).await?;
            audited += self
                .audit_chunk(found.items, wanted, &mut collections, &mut unread)
                .await?;
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
            let rule_set = self.parts.auditor.rules().digest_for(technology.id());
            let mut after = ResourceRow(0);
            let limit = u32::try_from(CHUNK).unwrap_or(u32::MAX);
            loop {
                let rows = self
                    .parts
                    .store
                    .stale_audits(technology.id(), &rule_set, after, limit)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = *last;
                audited += self.audit_rows(&rows, &Wanted::All).await?;
            }
            // Where rules are switched off, what was evaluated with all of them looks fresh to the store.
            for account in knowledge.accounts.keys() {
                if self.audit_key(technology.id(), account, &[], &knowledge) != rule_set {
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
        let (mut collections, mut unread) = (Collections::new(), Unread::default());
        for chunk in rows.chunks(CHUNK) {
            let resources = self.parts.store.current(chunk).await?;
            audited += self
                .audit_chunk(resources, wanted, &mut collections, &mut unread)
                .await?;
        }
        Ok(audited)
    }

    async fn audit_chunk(
        &self,
        resources: Vec<CurrentResource>,
        wanted: &Wanted,
        collections: &mut Collections,
        unread: &mut Unread,
    ) -> Result<usize, WorkError> {
        let mut groups: BTreeMap<(AccountId, TechnologyId), Vec<CurrentResource>> = BTreeMap::new();
        for resource in resources {
            let scope = &resource.key.scope;
            let group = groups
                .entry((scope.account.clone(), scope.technology.clone()))
                .or_default();
            group.push(resource);
        }
        let mut audited = 0;
        for (place, resources) in groups {
            if self.parts.auditor.rules().for_technology(&place.1).next().is_none() {
                continue;
            }
            self.load_unread(&place, unread).await?;
            if !collections.contains_key(&place) {
                let read = collections_read(&self.parts.auditor, &place.1);
                let fresh = self.collections(&place.0, &read).await?;
                collections.insert(place.clone(), fresh);
            }
            let around = collections.get(&place).map(Arc::clone).unwrap_or_default();
            audited += self.audit_group(&place, resources, wanted, around, unread).await?;
        }
        Ok(audited)
    }

    async fn audit_group(
        &self,
        (account, technology): &(AccountId, TechnologyId),
        resources: Vec<CurrentResource>,
        wanted: &Wanted,
        collections: Arc<BTreeMap<TechnologyId, Collection>>,
        unread: &Unread,
    ) -> Result<usize, WorkError> {
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
        let subjects: Vec<(CurrentResource, Vec<String>)> = resources
            .into_iter()
            .map(|resource| {
                let paths = unread.of(&resource.key);
                (resource, paths)
            })
            .collect();
        let keys: Vec<_> = subjects
            .iter()
            .map(|(_, paths)| self.audit_key(technology, account, paths, &knowledge))
            .collect();
        let (auditor, now, wanted) = (Arc::clone(&self.parts.auditor), self.parts.clock.now(), wanted.clone());
        let evaluations = self
            .compute(move || {
                let mut made = Vec::with_capacity(subjects.len());
                for ((resource, paths), key) in subjects.iter().zip(keys) {
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
                        document: &resource.document,
                        unread: paths,
                        first_seen: resource.first_seen,
                        links: &resource.links,
                    };
                    let evaluations = surroundings.evaluate(&auditor, &knowledge, now, &subject, &wanted);
                    made.push(RowEvaluations {
                        row: resource.row,
                        evaluations,
                        ruleset: is_all.then_some(key),
                    });
                }
                made
            })
            .await?;
        let count = evaluations.len();
        if count > 0 {
            let store = &self.parts.store;
            store.record_evaluations(evaluations, &self.rule_facts, now).await?;
        }
        Ok(count)
    }

    fn members_of(&self, technology: &TechnologyId) -> BTreeSet<String> {
        let technology = self.parts.technologies.get(technology);
        technology.map_or_else(BTreeSet::new, |known| known.document_shape().members())
    }

    async fn load_unread(&self, place: &(AccountId, TechnologyId), unread: &mut Unread) -> Result<(), StoreError> {
        if !unread.loaded.insert(place.clone()) {
            return Ok(());
        }
        let filter = GapFilter {
            accounts: vec![place.0.clone()],
            technologies: vec![place.1.clone()],
            ..GapFilter::default()
        };
        let mut page = Page::first(Page::MOST);
        loop {
            let found = self.parts.store.gaps(&filter, &page).await?;
            for summary in found.items {
                let Some(id) = summary.gap.resource else {
                    unread
                        .everywhere
                        .entry(summary.scope)
                        .or_default()
                        .extend(summary.gap.field);
                    continue;
                };
                let key = ResourceKey {
                    scope: summary.scope,
                    id,
                };
                let paths = unread.paths.entry(key).or_default();
                match summary.gap.field {
                    Some(field) => paths.push(field),
                    // A call that fills many members failed; which ones is not recorded, so none is taken for known.
                    None => paths.extend(self.members_of(&place.1)),
                }
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
