//! A resource with everything beside it, and what the auditor says of it.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_auditor::{
    AnyShape, AuditContext, Auditor, CollectedResource, Collection, LinkedResource, ResourceView, RuleOverrides,
    RuleSet, RuleSources,
};
use security_monkey_iam::AccountDirectory;
use security_monkey_model::{
    AccountId, Document, Link, Region, ResourceId, ResourceKey, RuleId, Scope, TechnologyId, Timestamp, Verdict,
};

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) struct Scene {
    pub(crate) technology: &'static str,
    pub(crate) document: Document,
    pub(crate) unread: Vec<String>,
    /// Of each linked, and of each collected resource.
    pub(crate) linked_unread: Vec<&'static str>,
    pub(crate) collected_unread: Vec<&'static str>,
    pub(crate) links: Vec<(&'static str, &'static str, Document)>,
    pub(crate) missing_links: Vec<(&'static str, &'static str)>,
    pub(crate) collections: Vec<(&'static str, bool, Vec<Document>)>,
    pub(crate) overrides: RuleOverrides,
}

impl Scene {
    pub(crate) fn new(technology: &'static str, document: Document) -> Self {
        Self {
            technology,
            document,
            unread: Vec::new(),
            linked_unread: Vec::new(),
            collected_unread: Vec::new(),
            links: Vec::new(),
            missing_links: Vec::new(),
            collections: Vec::new(),
            overrides: RuleOverrides::default(),
        }
    }

    pub(crate) fn unread(mut self, path: &str) -> Self {
        self.unread.push(path.to_owned());
        self
    }

    pub(crate) fn link(mut self, technology: &'static str, id: &'static str, document: Document) -> Self {
        self.links.push((technology, id, document));
        self
    }

    pub(crate) fn collection(mut self, technology: &'static str, complete: bool, documents: Vec<Document>) -> Self {
        self.collections.push((technology, complete, documents));
        self
    }

    /// Every verdict, by rule id.
    pub(crate) fn evaluate(&self, auditor: &Auditor) -> BTreeMap<String, Verdict> {
        let key = ResourceKey {
            scope: Scope {
                account: AccountId::parse(ACCOUNT).unwrap(),
                region: Region::parse("eu-west-1").unwrap(),
                technology: TechnologyId::parse(self.technology).unwrap(),
            },
            id: ResourceId::parse("r-1").unwrap(),
        };
        let links: Vec<LinkedResource> = self
            .links
            .iter()
            .map(|(technology, id, document)| LinkedResource {
                technology: TechnologyId::parse(technology).unwrap(),
                id: ResourceId::parse(id).unwrap(),
                arn: document["Arn"].as_str().map(str::to_owned),
                document: document.clone(),
                unread: self.linked_unread.iter().map(|path| (*path).to_owned()).collect(),
            })
            .collect();
        let missing: Vec<Link> = self
            .missing_links
            .iter()
            .map(|(technology, id)| Link {
                to: TechnologyId::parse(technology).unwrap(),
                id: (*id).to_owned(),
            })
            .collect();
        let collections: BTreeMap<TechnologyId, Collection> = self
            .collections
            .iter()
            .map(|(technology, complete, documents)| {
                let resources = documents
                    .iter()
                    .enumerate()
                    .map(|(index, document)| CollectedResource {
                        id: ResourceId::parse(&format!("c-{index}")).unwrap(),
                        region: Region::parse("eu-west-1").unwrap(),
                        arn: document["Arn"].as_str().map(str::to_owned),
                        document: document.clone(),
                        unread: self.collected_unread.iter().map(|path| (*path).to_owned()).collect(),
                    })
                    .collect();
                (
                    TechnologyId::parse(technology).unwrap(),
                    Collection::new(*complete, resources),
                )
            })
            .collect();
        let directory = AccountDirectory::new()
            .with_friendly("111111111111", "ours")
            .with_third_party("222222222222", "vendor")
            .with_organisation("o-ours");
        let context = AuditContext {
            now: Timestamp::parse("2026-09-21T12:00:00Z").unwrap(),
            directory: &directory,
            overrides: &self.overrides,
        };
        let view = ResourceView {
            key: &key,
            name: "r-1",
            arn: None,
            home_region: None,
            tags: &BTreeMap::new(),
            are_tags_unread: self.unread.iter().any(|path| path == "Tags"),
            document: &self.document,
            unread: &self.unread,
            first_seen: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
            links: &links,
            missing_links: &missing,
            collections: &collections,
        };
        auditor
            .evaluate(&view, &context)
            .into_iter()
            .map(|evaluation| (evaluation.rule.as_str().to_owned(), evaluation.verdict))
            .collect()
    }

    /// The subjects of one rule's findings; empty for a pass; the test fails for any other verdict.
    pub(crate) fn subjects(&self, auditor: &Auditor, rule: &str) -> BTreeSet<String> {
        match self.evaluate(auditor).remove(rule) {
            Some(Verdict::Fail { findings }) => findings
                .iter()
                .map(|finding| finding.subject.as_str().to_owned())
                .collect(),
            Some(Verdict::Pass) => BTreeSet::new(),
            other => panic!("{rule} says {other:?}"),
        }
    }

    /// The reason of one rule's unknown verdict.
    pub(crate) fn unknown(&self, auditor: &Auditor, rule: &str) -> String {
        match self.evaluate(auditor).remove(rule) {
            Some(Verdict::Unknown { reason, findings }) if findings.is_empty() => reason,
            other => panic!("{rule} says {other:?}, not just unknown"),
        }
    }

    /// The reason of one rule's unknown verdict, and the subjects of what it proves all the same.
    pub(crate) fn unknown_but(&self, auditor: &Auditor, rule: &str) -> (String, BTreeSet<String>) {
        match self.evaluate(auditor).remove(rule) {
            Some(Verdict::Unknown { reason, findings }) => (
                reason,
                findings
                    .iter()
                    .map(|finding| finding.subject.as_str().to_owned())
                    .collect(),
            ),
            other => panic!("{rule} says {other:?}, not unknown"),
        }
    }
}

pub(crate) fn built_in() -> Auditor {
    let (rules, errors) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    assert!(errors.is_empty(), "{errors:?}");
    Auditor::new(rules)
}

/// A rule's file with this body, for a technology of our own.
pub(crate) fn rule_text(slug: &str, custom: &str, body: &str) -> String {
    let package = slug.replace('-', "_");
    format!(
        "# METADATA\n# title: A rule\n# description: For a test.\n# custom:\n#   id: acme.test.{slug}\n#   technology: acme.test.thing\n#   score: 5\n{custom}package rules.acme.test.{package}\n\n{body}\n"
    )
}

/// An auditor with one rule of the user, `acme.test.<slug>`.
pub(crate) fn with_rule(slug: &str, custom: &str, body: &str) -> Auditor {
    let sources = RuleSources::embedded().with_file(
        &format!("acme/test/{slug}.rego"),
        &rule_text(slug, custom, body),
        security_monkey_auditor::Origin::User,
    );
    let (rules, errors) = RuleSet::load(&sources, &AnyShape);
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert!(
        rules
            .get(&RuleId::parse(&format!("acme.test.{slug}")).unwrap())
            .is_some()
    );
    Auditor::new(rules)
}

pub(crate) fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into()
}
