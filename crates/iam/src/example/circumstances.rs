//! Circumstances, as context keys, in which a request is allowed under all layers: the conditions of an Allow must hold, one
//! condition of each Deny must fail. The reference evaluator says which statement stands in the way; a value of the key that
//! removes it is looked for, and the evaluator is asked again.

use crate::document::{Condition, Effect, Statement, Version};
use crate::evaluate::{self, Decision, Layer, PolicySet, Request, StatementRef};
use crate::keys::follows_from_caller;
use crate::reach::values_worth_trying;

/// The most requests that are put to the evaluator for one question.
const BUDGET: u32 = 200;

/// What a condition should come out as.
#[derive(Clone, Copy)]
struct Wish<'p> {
    condition: &'p Condition,
    version: Version,
    holds: bool,
}

/// A request like `base`, with more context keys where they are needed, that is allowed. The keys that `base` has, or that
/// follow from its caller and resource, stay as they are.
pub(super) fn allowed(
    base: &Request,
    statement: &Statement,
    version: Version,
    policies: &PolicySet<'_>,
) -> Option<(Request, Vec<StatementRef>)> {
    let mut search = Search {
        base,
        policies,
        budget: BUDGET,
        wishes: Vec::new(),
    };
    search.wish(statement, version);
    search.run()
}

struct Search<'p> {
    base: &'p Request,
    policies: &'p PolicySet<'p>,
    budget: u32,
    wishes: Vec<Wish<'p>>,
}

impl<'p> Search<'p> {
    fn wish(&mut self, statement: &'p Statement, version: Version) {
        let all_hold = statement.conditions.iter().map(|condition| Wish {
            condition,
            version,
            holds: true,
        });
        self.wishes.extend(all_hold);
    }

    fn run(&mut self) -> Option<(Request, Vec<StatementRef>)> {
        self.budget = self.budget.checked_sub(1)?;
        let request = self.granted()?;
        let known = self.wishes.len();
        match evaluate::evaluate(&request, self.policies) {
            Decision::Allowed { by } => return Some((request, by)),
            Decision::ExplicitDeny { .. } => {
                let (statement, version) = evaluate::denying(&request, self.policies)?;
                for condition in &statement.conditions {
                    self.wishes.push(Wish {
                        condition,
                        version,
                        holds: false,
                    });
                    if let Some(found) = self.run() {
                        return Some(found);
                    }
                    self.wishes.truncate(known);
                }
            }
            Decision::ImplicitDeny { missing } => {
                for (statement, version) in self.grants(missing, &request) {
                    self.wish(statement, version);
                    if self.wishes.len() > known
                        && let Some(found) = self.run()
                    {
                        return Some(found);
                    }
                    self.wishes.truncate(known);
                }
            }
        }
        None
    }

    /// Allow statements of a layer that only their conditions keep from applying.
    fn grants(&self, layer: Layer, request: &Request) -> Vec<(&'p Statement, Version)> {
        let policies = self.policies;
        let named: Vec<_> = match layer {
            Layer::Identity => policies.identity.iter().collect(),
            Layer::Boundary => policies.boundary.iter().collect(),
            Layer::Session => policies.session.iter().flatten().collect(),
            Layer::ServiceControl => policies.service_control.iter().flatten().collect(),
            Layer::ResourceControl | Layer::Resource | Layer::Grant => Vec::new(),
        };
        let statements = named.into_iter().flat_map(|named| {
            let version = named.policy.version;
            named
                .policy
                .statements
                .iter()
                .map(move |statement| (statement, version))
        });
        statements
            .filter(|(statement, version)| {
                statement.effect == Effect::Allow
                    && evaluate::action_matches(&statement.action, &request.action)
                    && statement
                        .resource
                        .as_ref()
                        .is_none_or(|element| evaluate::resource_matches(element, *version, request))
                    && !evaluate::conditions_hold(statement, *version, request)
            })
            .collect()
    }

    /// The request with a value for every key that a wish is about, if there are such values.
    fn granted(&self) -> Option<Request> {
        let mut request = self.base.clone();
        for (position, wish) in self.wishes.iter().enumerate() {
            let key = wish.condition.key.as_str();
            let same_key = |other: &&Wish<'p>| other.condition.key.eq_ignore_ascii_case(key);
            if self.wishes.iter().take(position).any(|earlier| same_key(&earlier)) {
                continue;
            }
            let wishes: Vec<Wish<'p>> = self.wishes.iter().filter(same_key).copied().collect();
            let come_true = |values: Option<&[&str]>| {
                wishes
                    .iter()
                    .all(|wish| evaluate::holds_for(wish.condition, wish.version, values, &request) == wish.holds)
            };
            if let Some(fixed) = self.base.values(key) {
                let fixed: Vec<&str> = fixed.iter().map(AsRef::as_ref).collect();
                if come_true(Some(&fixed)) {
                    continue;
                }
                return None;
            }
            if follows_from_caller(key) {
                // The caller has no such key.
                if come_true(None) {
                    continue;
                }
                return None;
            }
            let conditions: Vec<&Condition> = wishes.iter().map(|wish| wish.condition).collect();
            let chosen = values_worth_trying(&conditions).into_iter().find(|values| {
                let values: Option<Vec<&str>> = values
                    .as_ref()
                    .map(|values| values.iter().map(String::as_str).collect());
                come_true(values.as_deref())
            })?;
            if let Some(values) = chosen {
                request.context.set_all(key, values);
            }
        }
        Some(request)
    }
}
