//! The audit: what rules may see besides the resource is gathered here, and they are evaluated off the async threads.

mod again;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use security_monkey_auditor::{
    AuditContext, Auditor, CollectedResource, Collection, LinkedResource, ResourceView, Rule,
};
use security_monkey_model::{
    AccountId, Document, Evaluation, Link, Region, ResourceKey, RuleId, TechnologyId, Timestamp,
};
use security_monkey_store::gap::GapFilter;
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::{Page, StoreError};

use crate::engine::Inner;
use crate::knowledge::Knowledge;

/// A resource to audit, whether just observed or read back.
#[derive(Clone, Copy)]
pub(crate) struct AuditSubject<'a> {
    pub(crate) key: &'a ResourceKey,
    pub(crate) name: &'a str,
    pub(crate) arn: Option<&'a str>,
    pub(crate) home_region: Option<&'a Region>,
    pub(crate) tags: &'a BTreeMap<String, String>,
    pub(crate) are_tags_unread: bool,
    pub(crate) document: &'a Document,
    pub(crate) unread: &'a [String],
    pub(crate) first_seen: Timestamp,
    pub(crate) links: &'a [Link],
}

/// Which rules are evaluated.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// All of the technology.
    All,
    /// Only these.
    Rules(BTreeSet<RuleId>),
}

impl Wanted {
    fn contains(&self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Rules(rules) => rules.contains(&rule.id),
        }
    }
}

/// What is around the resources of one audit: the targets of their links, and the account's collections.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// By technology and id, and by technology and ARN.
    linked: HashMap<(TechnologyId, String), Arc<LinkedResource>>,
    pub(crate) collections: Arc<BTreeMap<TechnologyId, Collection>>,
}

impl Surroundings {
    pub(crate) fn new(collections: Arc<BTreeMap<TechnologyId, Collection>>) -> Self {
        Self {
            linked: HashMap::new(),
            collections,
        }
    }

    /// Adds a possible target of links; one that is there already stays.
    pub(crate) fn add(&mut self, resource: LinkedResource) {
        let resource = Arc::new(resource);
        if let Some(arn) = &resource.arn {
            let key = (resource.technology.clone(), arn.clone());
            self.linked.entry(key).or_insert_with(|| Arc::clone(&resource));
        }
        let key = (resource.technology.clone(), resource.id.as_str().to_owned());
        self.linked.entry(key).or_insert(resource);
    }

    pub(crate) fn add_current(&mut self, resources: Vec<CurrentResource>) {
        for resource in resources {
            self.add(LinkedResource {
                technology: resource.key.scope.technology,
                id: resource.key.id,
                arn: resource.arn,
                document: resource.document,
                unread: resource.unread,
            });
        }
    }

    /// Evaluates rules. CPU-bound: not for the async threads.
    pub(crate) fn evaluate(
        &self,
        auditor: &Auditor,
        knowledge: &Knowledge,
        now: Timestamp,
        subject: &AuditSubject<'_>,
        wanted: &Wanted,
    ) -> Vec<Evaluation> {
        let followed = links_read(auditor, &subject.key.scope.technology);
        let mut links = Vec::new();
        let mut missing_links = Vec::new();
        for link in subject.links.iter().filter(|link| followed.contains(&link.to)) {
            match self.linked.get(&(link.to.clone(), link.id.clone())) {
                Some(target) => links.push(LinkedResource::clone(target)),
                None => missing_links.push(link.clone()),
            }
        }
        let view = ResourceView {
            key: subject.key,
            name: subject.name,
            arn: subject.arn,
            home_region: subject.home_region,
            tags: subject.tags,
            are_tags_unread: subject.are_tags_unread,
            document: subject.document,
            unread: subject.unread,
            first_seen: subject.first_seen,
            links: &links,
            missing_links: &missing_links,
            collections: &self.collections,
        };
        let context = AuditContext {
            now,
            directory: &knowledge.directory,
            overrides: &knowledge.overrides,
        };
        match wanted {
            Wanted::All => auditor.evaluate(&view, &context),
            Wanted::Rules(_) => auditor.evaluate_some(&view, &context, &|rule| wanted.contains(rule)),
        }
    }
}

/// The linked technologies that rules of a technology read.
pub(crate) fn links_read(auditor: &Auditor, technology: &TechnologyId) -> BTreeSet<TechnologyId> {
    let rules = auditor.rules().for_technology(technology);
    rules.flat_map(|rule| rule.links.iter().cloned()).collect()
}

/// The collections that rules of a technology read.
pub(crate) fn collections_read(auditor: &Auditor, technology: &TechnologyId) -> BTreeSet<TechnologyId> {
    let rules = auditor.rules().for_technology(technology);
    rules
        .flat_map(|rule| rule.reads.iter().chain(&rule.excused_by).cloned())
        .collect()
}

impl Inner {
    /// The account's resources of these technologies, each with whether nothing of it is out of sight.
    pub(crate) async fn collections(
        &self,
        account: &AccountId,
        technologies: &BTreeSet<TechnologyId>,
    ) -> Result<Arc<BTreeMap<TechnologyId, Collection>>, StoreError> {
        let mut collections = BTreeMap::new();
        if technologies.is_empty() {
            return Ok(Arc::default());
        }
        let places = self.complete_places(account, technologies).await?;
        for technology in technologies {
            let mut resources = Vec::new();
            let mut page = Page::first(Page::MOST);
            loop {
                let found = self.parts.store.current_of(account, technology, &page).await?;
                resources.extend(found.items.into_iter().map(|resource| CollectedResource {
                    id: resource.key.id,
                    region: resource.key.scope.region,
                    arn: resource.arn,
                    document: resource.document,
                    unread: resource.unread,
                }));
                match found.next {
                    Some(next) => page = Page::after(next, Page::MOST),
                    None => break,
                }
            }
            let is_complete = self.is_everywhere(account, technology, places.get(technology));
            collections.insert(technology.clone(), Collection::new(is_complete, resources));
        }
        Ok(Arc::new(collections))
    }

    /// Where the last listing of each technology was complete, or where nothing of it can exist.
    async fn complete_places(
        &self,
        account: &AccountId,
        technologies: &BTreeSet<TechnologyId>,
    ) -> Result<BTreeMap<TechnologyId, BTreeSet<Region>>, StoreError> {
        let mut places: BTreeMap<TechnologyId, BTreeSet<Region>> = BTreeMap::new();
        let mut incomplete = BTreeSet::new();
        for status in self.parts.store.scope_times(account).await? {
            if !technologies.contains(&status.scope.technology) || status.last_finished_at.is_none() {
                continue;
            }
            if status.is_complete {
                let regions = places.entry(status.scope.technology).or_default();
                regions.insert(status.scope.region);
            } else {
                incomplete.insert(status.scope);
            }
        }
        if incomplete.is_empty() {
            return Ok(places);
        }
        // A listing that failed only because the service is not there hides nothing.
        let mut expected = BTreeSet::new();
        let filter = GapFilter {
            accounts: vec![account.clone()],
            technologies: technologies.iter().cloned().collect(),
            ..GapFilter::default()
        };
        let mut hidden = BTreeSet::new();
        let mut page = Page::first(Page::MOST);
        loop {
            let found = self.parts.store.gaps(&filter, &page).await?;
            for gap in found.items.into_iter().filter(|gap| gap.gap.hides_resources()) {
                if gap.gap.cause.is_expected() {
                    expected.insert(gap.scope);
                } else {
                    hidden.insert(gap.scope);
                }
            }
            match found.next {
                Some(next) => page = Page::after(next, Page::MOST),
                None => break,
            }
        }
        for scope in incomplete {
            if expected.contains(&scope) && !hidden.contains(&scope) {
                places.entry(scope.technology).or_default().insert(scope.region);
            }
        }
        Ok(places)
    }

    /// Whether a technology's listing is complete wherever the account has to be looked at.
    fn is_everywhere(
        &self,
        account: &AccountId,
        technology: &TechnologyId,
        complete: Option<&BTreeSet<Region>>,
    ) -> bool {
        let (Some(complete), Some(technology)) = (complete, self.parts.technologies.get(technology)) else {
            return false;
        };
        if technology.is_global() {
            return complete.contains(&Region::global());
        }
        let known = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        // Without having asked AWS for the regions, absence proves nothing.
        known
            .get(account)
            .is_some_and(|regions| regions.iter().all(|region| complete.contains(region)))
    }
}
