//! Whether an identity's policies make it an administrator, and the ways to raise its own privileges that they allow, worked out
//! by `iam`.
//!
//! An identity is what its document says: its inline policies, the attached policies that it links to, those of the groups it is a member
//! of, under the permissions boundary that it links to. Groups, by name, and their attached policies, by ARN, are looked for in the
//! account's collections. A document that is itself a policy stands for whoever it is attached to, by itself.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_iam::document::Effect;
use security_monkey_iam::effective::{Administrator, effective};
use security_monkey_iam::escalation::escalations_within;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, StatementRef};
use security_monkey_iam::{AccountDirectory, Policy};
use security_monkey_model::{Document, TechnologyId};
use serde::Serialize;

use super::Derived;
use super::policy::{Found, find};
use crate::view::{CollectedResource, Collection, LinkedResource};

/// Statements that together allow every action on every resource. One alone where one does, else so many that none can be
/// left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedAdministration {
    /// The statements, joined; see [`super::DerivedStatement::subject`]. What to name a finding by.
    pub subject: String,
    /// Where those statements stand in the resource's own document.
    pub at: Vec<String>,
    /// ARNs of the policies that take part, sorted; the resource's own document stands here as the empty text.
    pub policies: Vec<String>,
}

/// Published methods that the same statements make possible. An identity that may do everything has none: it needs
/// none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedEscalation {
    /// The statements that together allow every step, joined; see [`super::DerivedStatement::subject`]. What to name a finding by.
    pub subject: String,
    /// Where those statements stand in the resource's own document.
    pub at: Vec<String>,
    /// The methods, in the order of their ids.
    pub methods: Vec<DerivedMethod>,
    /// ARNs of the policies that take part, sorted; the resource's own document stands here as the empty text.
    pub policies: Vec<String>,
}

/// A published method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedMethod {
    /// Its id.
    pub id: String,
    /// What happens.
    pub title: String,
    /// Where it is published.
    pub source: String,
    /// The actions it takes.
    pub actions: Vec<String>,
}

/// A policy of the identity, with what its statements are called.
struct Own {
    name: String,
    policy: Policy,
    subjects: Vec<String>,
    /// Empty for a policy of another resource.
    at: Vec<String>,
    /// Of the policy of another resource.
    arn: String,
    /// Of the group that brings it.
    group: Option<String>,
}

impl Own {
    fn of(found: Found, outside: Option<&str>) -> Self {
        let arn = outside.unwrap_or_default().to_owned();
        let outside = outside.map(|arn| arn.rsplit('/').next().unwrap_or(arn));
        let prefix = |subject: &String| match outside {
            Some(name) => format!("{name}/{subject}"),
            None => subject.clone(),
        };
        Self {
            // Unique within the identity: the answer names the policy by it.
            name: if arn.is_empty() {
                found.path.clone()
            } else {
                format!("{arn} {}", found.path)
            },
            at: if outside.is_some() {
                Vec::new()
            } else {
                (0..found.policy.statements.len())
                    .map(|index| found.at(index))
                    .collect()
            },
            subjects: found.subjects.iter().map(prefix).collect(),
            policy: found.policy,
            arn,
            group: None,
        }
    }
}

/// What stands around the document, and what of it is not known.
pub(super) struct Surroundings<'a> {
    pub(super) linked: &'a [LinkedResource],
    pub(super) collections: &'a BTreeMap<TechnologyId, Collection>,
    pub(super) directory: &'a AccountDirectory,
}

impl Surroundings<'_> {
    fn collected(&self) -> impl Iterator<Item = &CollectedResource> {
        self.collections.values().flat_map(Collection::resources)
    }

    fn group(&self, name: &str) -> Option<&CollectedResource> {
        self.collected()
            .find(|other| other.document["GroupName"].as_str() == Some(name))
    }

    fn with_arn(&self, arn: &str) -> Option<(&Document, &[String])> {
        let linked = self.linked.iter().find(|other| other.arn.as_deref() == Some(arn));
        let linked = linked.map(|other| (&other.document, other.unread.as_slice()));
        linked.or_else(|| {
            let other = self.collected().find(|other| other.arn.as_deref() == Some(arn))?;
            Some((&other.document, other.unread.as_slice()))
        })
    }

    /// The policies that the groups of an identity bring it. What is missing goes to `unreadable`.
    fn of_groups(&self, document: &Document, unreadable: &mut Vec<(String, String)>) -> Vec<Own> {
        let mut policies = Vec::new();
        let names = document["GroupList"].as_array().map_or(&[][..], Vec::as_slice);
        for name in names.iter().filter_map(Document::as_str) {
            let Some(group) = self.group(name) else {
                unreadable.push((format!("of group {name}"), "the group is not recorded".to_owned()));
                continue;
            };
            let arn = group.document["Arn"].as_str().unwrap_or(name);
            let mut sources = vec![(arn, Some((&group.document, group.unread.as_slice())))];
            sources.extend(arns(&group.document["AttachedManagedPolicies"]).map(|arn| (arn, self.with_arn(arn))));
            for (arn, source) in sources {
                let Some((source, unread)) = source else {
                    unreadable.push((
                        format!("{arn} of group {name}"),
                        "the policy is not recorded".to_owned(),
                    ));
                    continue;
                };
                if let Some(path) = unread.iter().find(|path| super::depends_on("escalations", path)) {
                    unreadable.push((format!("{arn} of group {name}"), format!("{path} could not be read")));
                }
                let found = find(source, unreadable).into_iter().filter(Found::is_of_identity);
                policies.extend(found.map(|found| Own {
                    group: Some(name.to_owned()),
                    ..Own::of(found, Some(arn))
                }));
            }
        }
        policies
    }
}

pub(super) fn collect(document: &Document, own: Vec<Found>, around: &Surroundings<'_>, derived: &mut Derived) {
    let own = own.into_iter().filter(Found::is_of_identity);
    let mut policies: Vec<Own> = own.map(|found| Own::of(found, None)).collect();
    let attached: BTreeSet<&str> = arns(&document["AttachedManagedPolicies"]).collect();
    let boundary = document["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str();
    let mut bound = None;
    for other in around.linked {
        let Some(arn) = other.arn.as_deref() else { continue };
        let is_boundary = boundary == Some(arn);
        if !is_boundary && !attached.contains(arn) {
            continue;
        }
        let found = find(&other.document, &mut derived.unreadable_elsewhere);
        for found in found.into_iter().filter(Found::is_of_identity) {
            let outside = Own::of(found, Some(arn));
            if is_boundary {
                bound = Some(outside.policy.clone());
            }
            if attached.contains(arn) {
                policies.push(outside);
            }
        }
    }
    for brought in around.of_groups(document, &mut derived.unreadable_elsewhere) {
        // What the identity has by itself as well is its own.
        if !policies
            .iter()
            .any(|own| !own.arn.is_empty() && own.arn == brought.arn && own.group.is_none())
        {
            policies.push(brought);
        }
    }
    if policies.is_empty() {
        return;
    }
    let texts: Vec<&Policy> = policies.iter().map(|own| &own.policy).collect();
    let set = policy_set(&policies, &texts, bound.as_ref());
    let permissions = effective(&set);
    if permissions.administrator() == Administrator::Full {
        let statements = enough_for_everything(&policies, bound.as_ref());
        if !is_of_one_group(&policies, &statements) {
            derived.administration = Some(DerivedAdministration {
                subject: subject_of(&policies, &statements),
                at: places_of(&policies, &statements),
                policies: policies_of(&policies, &statements),
            });
        }
        return;
    }
    let mut groups: BTreeMap<Vec<(usize, usize)>, Vec<DerivedMethod>> = BTreeMap::new();
    let ways = escalations_within(&permissions, &caller(document, around.directory), &set);
    if !ways.is_complete {
        let why = "the search for ways to more rights was cut short: its policies have too many wildcards".to_owned();
        derived.unreadable_elsewhere.push(("of the identity".to_owned(), why));
    }
    for found in ways.found {
        let by = found.steps.iter().flat_map(|step| &step.by);
        let mut statements: Vec<(usize, usize)> = by.filter_map(|statement| place(&policies, statement)).collect();
        statements.sort_unstable();
        statements.dedup();
        if is_of_one_group(&policies, &statements) {
            continue;
        }
        groups.entry(statements).or_default().push(DerivedMethod {
            id: found.method.id.clone(),
            title: found.method.title.clone(),
            source: found.method.source.clone(),
            actions: found.steps.iter().map(|step| step.action.clone()).collect(),
        });
    }
    derived.escalations = groups
        .into_iter()
        .map(|(statements, mut methods)| {
            methods.sort_by(|one, other| one.id.cmp(&other.id));
            DerivedEscalation {
                subject: subject_of(&policies, &statements),
                at: places_of(&policies, &statements),
                methods,
                policies: policies_of(&policies, &statements),
            }
        })
        .collect();
}

/// Whether one group brings all of these statements: then it is told there, once for all its members.
fn is_of_one_group(policies: &[Own], statements: &[(usize, usize)]) -> bool {
    let mut groups = statements
        .iter()
        .map(|(policy, _)| policies.get(*policy).and_then(|own| own.group.as_deref()));
    groups
        .next()
        .flatten()
        .is_some_and(|first| groups.all(|group| group == Some(first)))
}

/// The policies of the identity, with these texts in their places, under its boundary.
fn policy_set<'a>(policies: &'a [Own], texts: &[&'a Policy], bound: Option<&'a Policy>) -> PolicySet<'a> {
    PolicySet {
        identity: policies
            .iter()
            .zip(texts)
            .map(|(own, policy)| NamedPolicy {
                name: &own.name,
                policy,
            })
            .collect(),
        boundary: bound.map(|policy| NamedPolicy {
            name: "boundary",
            policy,
        }),
        ..PolicySet::default()
    }
}

/// Of an administrator's statements one that is enough, else so many that none can be left out.
fn enough_for_everything(policies: &[Own], bound: Option<&Policy>) -> Vec<(usize, usize)> {
    let is_enough = |chosen: &[(usize, usize)]| {
        let texts: Vec<Policy> = policies
            .iter()
            .enumerate()
            .map(|(policy, own)| {
                let mut text = own.policy.clone();
                text.statements.retain(|statement| {
                    statement.effect == Effect::Deny || chosen.contains(&(policy, statement.index))
                });
                text
            })
            .collect();
        let set = policy_set(policies, &texts.iter().collect::<Vec<_>>(), bound);
        effective(&set).administrator() == Administrator::Full
    };
    let mut chosen: Vec<(usize, usize)> = policies
        .iter()
        .enumerate()
        .flat_map(|(policy, own)| {
            let statements = own.policy.statements.iter();
            let allows = statements.filter(|statement| statement.effect == Effect::Allow);
            allows.map(move |statement| (policy, statement.index))
        })
        .collect();
    if let Some(alone) = chosen.iter().find(|statement| is_enough(&[**statement])) {
        return vec![*alone];
    }
    for statement in chosen.clone() {
        let without: Vec<_> = chosen.iter().copied().filter(|other| *other != statement).collect();
        if is_enough(&without) {
            chosen = without;
        }
    }
    chosen
}

/// The statements' subjects, joined.
fn subject_of(policies: &[Own], statements: &[(usize, usize)]) -> String {
    let subjects = statements
        .iter()
        .filter_map(|(policy, index)| policies.get(*policy)?.subjects.get(*index));
    subjects.map(String::as_str).collect::<Vec<_>>().join(" + ")
}

/// Where the statements stand in the resource's own document.
fn places_of(policies: &[Own], statements: &[(usize, usize)]) -> Vec<String> {
    let places = statements
        .iter()
        .filter_map(|(policy, index)| policies.get(*policy)?.at.get(*index));
    places.cloned().collect()
}

/// ARNs of the statements' policies, sorted, each once.
fn policies_of(policies: &[Own], statements: &[(usize, usize)]) -> Vec<String> {
    let arns = statements.iter().filter_map(|(policy, _)| policies.get(*policy));
    let arns: BTreeSet<&str> = arns.map(|own| own.arn.as_str()).collect();
    arns.into_iter().map(str::to_owned).collect()
}

/// Which policy and statement of the identity it is; none for one of the boundary.
fn place(policies: &[Own], statement: &StatementRef) -> Option<(usize, usize)> {
    let policy = policies.iter().position(|own| own.name == statement.policy)?;
    Some((policy, statement.index))
}

fn arns(attached: &Document) -> impl Iterator<Item = &str> {
    let elements = attached.as_array().map_or(&[][..], Vec::as_slice);
    elements.iter().filter_map(|element| element["PolicyArn"].as_str())
}

/// Who has the policies: the identity itself, else some user of the account that owns them.
fn caller(document: &Document, directory: &AccountDirectory) -> Caller {
    let arn = document["Arn"].as_str().unwrap_or_default();
    if arn.contains(":role/") {
        return Caller::RoleSession {
            role_arn: arn.to_owned(),
            session: "session".to_owned(),
        };
    }
    if arn.contains(":user/") {
        return Caller::User { arn: arn.to_owned() };
    }
    // The partition stands in the policy's own ARN: "arn:aws-us-gov:iam::…:policy/…".
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    Caller::User {
        arn: format!(
            "arn:{partition}:iam::{}:user/somebody",
            directory.own().unwrap_or("000000000000")
        ),
    }
}
