//! `input`: converted for the rule engine once per resource and shared by its rules.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{Document, TechnologyId};
use serde_json::json;

use super::AuditContext;
use crate::enrich::{self, Assumption, Derived, derive};
use crate::rego::{Value, convert, object};
use crate::rule::Rule;
use crate::rule_set::Code;
use crate::view::{Collection, ResourceView};

/// Parts that are worked out from policies.
const POLICY_PARTS: [&str; 4] = ["policies", "reach", "administration", "escalations"];

/// Those that say of each policy what it says by itself.
const OF_ONE_POLICY: [&str; 2] = ["policies", "reach"];

pub(super) struct Input<'a> {
    shared: Vec<(&'static str, Value)>,
    unreadable: Vec<(String, String)>,
    unreadable_elsewhere: Vec<(String, String)>,
    /// Policies of linked resources that could not be read: their technology, where, and why.
    unreadable_linked: Vec<(TechnologyId, String, String)>,
    /// Where openings stand of which it is not known for whom they are, and why.
    unresolved: Vec<(String, String)>,
    /// The same of linked resources, with their technology.
    unresolved_linked: Vec<(TechnologyId, String, String)>,
    view: std::marker::PhantomData<&'a ()>,
}

impl<'a> Input<'a> {
    pub(super) fn new(
        resource: &ResourceView<'a>,
        context: &AuditContext<'_>,
        codes: &[&Code],
        assumption: Assumption,
    ) -> Self {
        let scope = &resource.key.scope;
        let directory = context.directory.seen_from(scope.account.as_str());
        let parts: BTreeSet<String> = codes
            .iter()
            .flat_map(|code| code.reads.derived.iter().cloned())
            .collect();
        let derived = derive(
            resource.document,
            resource.links,
            resource.collections,
            &parts,
            &directory,
            assumption,
        );
        let (mut unreadable_linked, mut unresolved_linked) = (Vec::new(), Vec::new());
        let region = resource.home_region.unwrap_or(&scope.region);
        let mut described = json!({
            "account": scope.account,
            "region": region,
            "technology": scope.technology,
            "id": resource.key.id,
            "name": resource.name,
            "tags": resource.tags,
            "first_seen": resource.first_seen,
        });
        if let (Some(arn), Some(members)) = (resource.arn, described.as_object_mut()) {
            members.insert("arn".into(), arn.into());
        }
        let linked_parts: BTreeSet<String> = codes
            .iter()
            .flat_map(|code| code.reads.linked_derived.iter().cloned())
            .collect();
        let mut shared = vec![
            ("config", convert(resource.document)),
            ("resource", convert(&described)),
            ("derived", convert_derived(&derived, &parts)),
            ("now_ns", Value::from(context.now.as_micros().saturating_mul(1_000))),
        ];
        if codes.iter().any(|code| code.reads.links) {
            let mut links: BTreeMap<&TechnologyId, Vec<Value>> = BTreeMap::new();
            for link in resource.links {
                let derived = derive(
                    &link.document,
                    &[],
                    resource.collections,
                    &linked_parts,
                    &directory,
                    assumption,
                );
                for (path, reason) in &derived.unreadable {
                    let place = format!("{path} of the linked {} {}", link.technology, link.id);
                    unreadable_linked.push((link.technology.clone(), place, reason.clone()));
                }
                for (path, reason) in &derived.unresolved {
                    let place = format!("{path} of the linked {} {}", link.technology, link.id);
                    unresolved_linked.push((link.technology.clone(), place, reason.clone()));
                }
                links.entry(&link.technology).or_default().push(object([
                    ("id", Value::from(link.id.as_str())),
                    ("arn", Value::from(link.arn.as_deref().unwrap_or_default())),
                    ("config", convert(&link.document)),
                    ("derived", convert_derived(&derived, &linked_parts)),
                ]));
            }
            shared.push((
                "links",
                object(
                    links
                        .into_iter()
                        .map(|(technology, found)| (technology.as_str(), Value::from(found))),
                ),
            ));
        }
        if codes.iter().any(|code| code.reads.collections) {
            let collections = resource
                .collections
                .iter()
                .map(|(technology, collection)| (technology.as_str(), collection.converted()));
            shared.push(("collections", object(collections)));
        }
        Self {
            shared,
            unreadable: derived.unreadable,
            unreadable_elsewhere: derived.unreadable_elsewhere,
            unreadable_linked,
            unresolved: derived.unresolved,
            unresolved_linked,
            view: std::marker::PhantomData,
        }
    }

    /// Where a policy that the rule reads stands and why it could not be understood, if there is such a one.
    pub(super) fn unreadable_policy(&self, rule: &Rule, code: &Code) -> Option<(&str, &str)> {
        let reads = &code.reads;
        let mut parts = reads.derived.iter().map(String::as_str);
        let reads_own = parts.clone().any(|part| POLICY_PARTS.contains(&part));
        let reads_elsewhere = parts.any(enrich::follows_links);
        let reads_linked = reads
            .linked_derived
            .iter()
            .any(|part| POLICY_PARTS.contains(&part.as_str()));
        let own = self.unreadable.iter().filter(|_| reads_own);
        let elsewhere = self.unreadable_elsewhere.iter().filter(|_| reads_elsewhere);
        let linked = self
            .unreadable_linked
            .iter()
            .filter(|(technology, ..)| reads_linked && rule.links.contains(technology));
        own.chain(elsewhere)
            .map(|(path, reason)| (path.as_str(), reason.as_str()))
            .chain(linked.map(|(_, path, reason)| (path.as_str(), reason.as_str())))
            .next()
    }

    /// Whether something of it rests on the [`Assumption`].
    pub(super) fn is_assumed(&self) -> bool {
        !self.unresolved.is_empty() || !self.unresolved_linked.is_empty() || !self.unreadable.is_empty()
    }

    /// Where an opening stands that the rule reads and of which it is not known for whom it is, and why, if there is such a one.
    pub(super) fn unresolved_opening(&self, rule: &Rule, code: &Code) -> Option<(&str, &str)> {
        let reads = &code.reads;
        let reads_openings = |parts: &BTreeSet<String>| parts.contains("ingress") || parts.contains("egress");
        let own = self.unresolved.iter().filter(|_| reads_openings(&reads.derived));
        let linked = self
            .unresolved_linked
            .iter()
            .filter(|(technology, ..)| reads_openings(&reads.linked_derived) && rule.links.contains(technology));
        own.map(|(path, reason)| (path.as_str(), reason.as_str()))
            .chain(linked.map(|(_, path, reason)| (path.as_str(), reason.as_str())))
            .next()
    }

    /// The input of [`Self::for_rule`] with no policies of the resource in it.
    pub(super) fn for_rule_without_policies(&self, code: &Code) -> Value {
        let own = [("parameters", code.parameters.clone())];
        let shared = self.shared.iter().cloned().map(|(name, mut value)| {
            if name == "derived"
                && let Ok(members) = value.as_object_mut()
            {
                for part in OF_ONE_POLICY.map(Value::from) {
                    members.insert(part, Value::from(Vec::<Value>::new()));
                }
            }
            (name, value)
        });
        object(shared.chain(own))
    }

    /// Whether the rule sees policies one by one only, so that what it finds in one holds whatever stands in another; of the other parts,
    /// a deny or a boundary takes back what is allowed elsewhere.
    pub(super) fn sees_policies_singly(code: &Code) -> bool {
        let is_joint = |part: &String| POLICY_PARTS.contains(&part.as_str()) && !OF_ONE_POLICY.contains(&part.as_str());
        !code.reads.derived.iter().any(is_joint)
            && !code
                .reads
                .linked_derived
                .iter()
                .any(|part| POLICY_PARTS.contains(&part.as_str()))
    }

    /// The input with a rule's own parameters.
    pub(super) fn for_rule(&self, code: &Code) -> Value {
        let own = [("parameters", code.parameters.clone())];
        object(self.shared.iter().cloned().chain(own))
    }
}

fn convert_derived(derived: &Derived, parts: &BTreeSet<String>) -> Value {
    if parts.is_empty() {
        return Value::new_object();
    }
    // Members that were not worked out are left out, so that reading one by mistake is undefined rather than empty.
    let mut json = serde_json::to_value(derived).unwrap_or(Document::Null);
    if let Some(members) = json.as_object_mut() {
        members.retain(|name, _| parts.contains(name));
    }
    convert(&json)
}

impl Collection {
    fn converted(&self) -> Value {
        self.converted
            .get_or_init(|| {
                let each = self.resources().iter().map(|resource| {
                    object([
                        ("id", Value::from(resource.id.as_str())),
                        ("arn", Value::from(resource.arn.as_deref().unwrap_or_default())),
                        ("region", Value::from(resource.region.as_str())),
                        ("config", convert(&resource.document)),
                    ])
                });
                Value::from(each.collect::<Vec<_>>())
            })
            .clone()
    }
}
