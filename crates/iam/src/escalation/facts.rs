//! Whether the steps of a method hold together: whoever asks has the same tags in every step, and so has a resource that several steps are
//! about. Addresses, times and the like may differ from one request to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::{Question, Step};
use crate::evaluate::{self, Decision, PolicySet, Request};
use crate::example::Wanted;
use crate::keys::{Authority, authority, is_principal_tag};
use crate::reach::values_worth_trying;

/// The most values that are tried for a fact.
const MOST_VALUES: usize = 16;

/// One key may have two names: `iam:ResourceTag/x` and `aws:ResourceTag/x`. Source: IAM User Guide, "IAM and AWS STS condition context
/// keys", `iam:ResourceTag/key-name`.
#[derive(Clone, PartialEq, Eq)]
struct Fact {
    names: BTreeSet<String>,
    values: Vec<String>,
}

/// What steps have said of who asks and of resources.
#[derive(Clone, Default)]
pub(super) struct Facts {
    /// By the resource, which is none for what is said of the caller, and the key.
    known: BTreeMap<(Option<String>, String), Fact>,
}

impl Facts {
    /// Adds what a request says; whether it is what the others say.
    fn add(&mut self, request: &Request) -> bool {
        let mut agrees = true;
        for (key, values) in request.context.iter() {
            let Some((subject, known_as)) = fact_of(key, &request.resource) else {
                continue;
            };
            let fact = self.known.entry((subject, known_as)).or_insert_with(|| Fact {
                names: BTreeSet::new(),
                values: values.to_vec(),
            });
            fact.names.insert(key.to_owned());
            agrees &= fact.values == values;
        }
        agrees
    }

    /// Gives a request about a resource what is known.
    pub(super) fn put_into(&self, request: &mut Request, resource: &str) {
        for ((subject, _), fact) in &self.known {
            if subject.as_deref().is_none_or(|subject| subject == resource) {
                for name in &fact.names {
                    request.context.set_all(name, fact.values.clone());
                }
            }
        }
    }
}

/// Of whom the key tells something that is the same in every request, and what it is called.
fn fact_of(key: &str, resource: &str) -> Option<(Option<String>, String)> {
    let key = key.to_ascii_lowercase();
    let of_resource = |key: String| (resource != "*").then(|| (Some(resource.to_owned()), key));
    if let Some(tag) = key.strip_prefix("iam:resourcetag/") {
        return of_resource(format!("aws:resourcetag/{tag}"));
    }
    match authority(&key) {
        Authority::Resource => of_resource(key),
        Authority::CallerOrganisation | Authority::CallerId => Some((None, key)),
        _ if is_principal_tag(&key) => Some((None, key)),
        _ => None,
    }
}

/// The steps with circumstances in which they hold together. `None`: none were found, so that the effort is in doubt.
pub(super) fn agreed(found: &[Step], question: &Question<'_>) -> Option<Vec<Step>> {
    if let Some(steps) = merged(found, question.policies) {
        return Some(steps);
    }
    let effort = question.effort;
    let with = |mut facts: Facts, settled: Option<usize>| {
        let mut steps = found.to_vec();
        for (position, step) in steps.iter_mut().enumerate() {
            if settled != Some(position) {
                let wanted = Wanted::only(&step.witness.resource);
                *step = question.step_on(&wanted, &step.action, (&facts, &step.witness.resource))?;
            }
            facts.add(&step.witness);
        }
        merged(&steps, question.policies)
    };
    let beginning_with = |first: usize| {
        let mut facts = Facts::default();
        facts.add(&found.get(first)?.witness);
        with(facts, Some(first))
    };
    let named = || {
        let mut each = named(found, question.policies).into_iter();
        each.find_map(|facts| with(facts, None))
    };
    let steps = effort.look(|| (0..found.len()).find_map(beginning_with).or_else(named));
    if steps.is_none() {
        question.effort.doubt();
    }
    steps
}

/// What conditions say that facts may be on which the steps do not agree.
fn named(steps: &[Step], policies: &PolicySet<'_>) -> Vec<Facts> {
    let mut all = Facts::default();
    let mut disputed: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for step in steps {
        for (key, values) in step.witness.context.iter() {
            if let Some(fact) = fact_of(key, &step.witness.resource)
                && all.known.get(&fact).is_some_and(|known| known.values != values)
            {
                disputed.insert(fact);
            }
        }
        all.add(&step.witness);
    }
    let mut found = Vec::new();
    for fact in disputed {
        let Some(known) = all.known.get(&fact) else { continue };
        let conditions = policies.statements().flat_map(|statement| &statement.conditions);
        let on_key = conditions.filter(|on| known.names.contains(&on.key.to_ascii_lowercase()));
        let (values, _) = values_worth_trying(&on_key.collect::<Vec<_>>());
        found.extend(values.into_iter().flatten().take(MOST_VALUES).map(|values| Facts {
            known: BTreeMap::from([(
                fact.clone(),
                Fact {
                    names: known.names.clone(),
                    values,
                },
            )]),
        }));
    }
    found
}

/// Each step with what all of them say, if they agree and every one is allowed so.
fn merged(steps: &[Step], policies: &PolicySet<'_>) -> Option<Vec<Step>> {
    let mut facts = Facts::default();
    if !steps.iter().all(|step| facts.add(&step.witness)) {
        return None;
    }
    let with_facts = |step: &Step| {
        let mut witness = step.witness.clone();
        facts.put_into(&mut witness, &step.witness.resource);
        if witness == step.witness {
            return Some(step.clone());
        }
        match evaluate::evaluate(&witness, policies) {
            Decision::Allowed { by } => Some(Step {
                action: step.action.clone(),
                witness,
                by,
            }),
            Decision::ExplicitDeny { .. } | Decision::ImplicitDeny { .. } => None,
        }
    };
    steps.iter().map(with_facts).collect()
}
