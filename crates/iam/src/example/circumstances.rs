//! Circumstances, as context keys, in which a request is allowed under all layers: the conditions of an Allow must hold, one
//! condition of each Deny must fail. The reference evaluator says which statement stands in the way; a value of the key that
//! removes it is looked for, and the evaluator is asked again.

use std::borrow::Cow;

use super::Effort;
use super::variables::{named, solutions, with_wildcards};
use crate::document::{Condition, Effect, Statement, Version};
use crate::evaluate::{self, Decision, Layer, PolicySet, Request, StatementRef};
use crate::keys::{follows_from_caller, is_always_present};
use crate::reach::{Values, values_worth_trying};

/// The most requests that are put to the evaluator for one question.
const BUDGET: u32 = 200;

/// What looking at a statement costs, in steps of an automaton.
const COST_OF_STATEMENT: u64 = 4;

/// What a variable stands for, where nothing says what it must be: the second where the first makes a name that is denied.
pub(crate) const ANY_VALUES: [&str; 2] = ["witness", "0"];

/// What a condition should come out as.
#[derive(Clone, Copy)]
struct Wish<'p> {
    condition: &'p Condition,
    version: Version,
    holds: bool,
}

/// Keys that every request has, so that a condition on one cannot be evaded by leaving it out: those that the policies ask for, each with
/// a value that is taken until some statement wishes for another.
pub(super) struct AlwaysPresent<'p>(Vec<(&'p str, Vec<String>)>);

impl<'p> AlwaysPresent<'p> {
    pub(super) fn of(policies: &PolicySet<'p>, action: &str) -> Self {
        let mut found: Vec<(&str, Vec<&Condition>)> = Vec::new();
        for statement in policies.statements() {
            let mut conditions = statement.conditions.iter();
            let Some(first) = conditions.find(|on| is_always_present(&on.key)) else {
                continue;
            };
            if !evaluate::action_matches(&statement.action, action) {
                continue;
            }
            let others = conditions.filter(|on| is_always_present(&on.key));
            for condition in std::iter::once(first).chain(others) {
                let key = condition.key.as_str();
                match found.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
                    Some((_, on_key)) => on_key.push(condition),
                    None => found.push((key, vec![condition])),
                }
            }
        }
        let some_value = |(key, conditions): (&'p str, Vec<&Condition>)| {
            // That of a direct call.
            let usual = key
                .eq_ignore_ascii_case("aws:ViaAWSService")
                .then(|| vec!["false".to_owned()]);
            let worth_trying = || values_worth_trying(&conditions).0.into_iter().flatten().next();
            Some((key, usual.or_else(worth_trying)?))
        };
        Self(found.into_iter().filter_map(some_value).collect())
    }
}

/// A request like `base`, with more context keys where they are needed, that is allowed. The keys that `base` has, or that
/// follow from its caller and resource, stay as they are.
pub(super) fn allowed(
    base: &Request,
    statement: &Statement,
    version: Version,
    (policies, always): (&PolicySet<'_>, &AlwaysPresent<'_>),
    effort: &Effort,
) -> Option<(Request, Vec<StatementRef>)> {
    let mut search = Search {
        base,
        policies,
        always,
        effort,
        budget: BUDGET,
        wishes: Vec::new(),
    };
    search.wish(statement, version);
    search.run()
}

struct Search<'p> {
    base: &'p Request,
    policies: &'p PolicySet<'p>,
    always: &'p AlwaysPresent<'p>,
    effort: &'p Effort,
    budget: u32,
    wishes: Vec<Wish<'p>>,
}

impl<'p> Search<'p> {
    fn wish(&mut self, statement: &'p Statement, version: Version) {
        for condition in &statement.conditions {
            self.add(Wish {
                condition,
                version,
                holds: true,
            });
        }
    }

    /// The same wish twice is no other search: where it did not help once, going on with it leads nowhere.
    fn add(&mut self, wish: Wish<'p>) {
        let is_same = |known: &Wish<'_>| std::ptr::eq(known.condition, wish.condition) && known.holds == wish.holds;
        if !self.wishes.iter().any(is_same) {
            self.wishes.push(wish);
        }
    }

    fn run(&mut self) -> Option<(Request, Vec<StatementRef>)> {
        let Some(budget) = self.budget.checked_sub(1) else {
            self.effort.doubt();
            return None;
        };
        self.budget = budget;
        self.effort
            .charge(COST_OF_STATEMENT * self.policies.statements().count() as u64);
        if self.effort.is_spent() {
            return None;
        }
        let request = self.granted()?;
        let known = self.wishes.len();
        match evaluate::evaluate(&request, self.policies) {
            Decision::Allowed { by } => return Some((request, by)),
            Decision::ExplicitDeny { .. } => {
                let (statement, version) = evaluate::denying(&request, self.policies)?;
                for condition in &statement.conditions {
                    self.add(Wish {
                        condition,
                        version,
                        holds: false,
                    });
                    if self.wishes.len() > known
                        && let Some(found) = self.run()
                    {
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
            Layer::ResourceControl | Layer::Resource | Layer::Grant | Layer::Aws => Vec::new(),
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

    /// The request with a value for every key that a wish is about, if there are such values. Keys that are compared with fixed texts
    /// come first: what others are compared with is then known.
    fn granted(&self) -> Option<Request> {
        let mut keys: Vec<&str> = Vec::new();
        for wish in &self.wishes {
            let key = wish.condition.key.as_str();
            if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                keys.push(key);
            }
        }
        let has_variable = |key: &&str| self.wishes_on(key).iter().any(Wish::has_variable);
        keys.sort_by_key(has_variable);
        let first = self.settled(&keys);
        if first.is_some() || !keys.iter().any(has_variable) {
            return first;
        }
        // The other way round what they are compared with has to be what they are.
        keys.sort_by_key(|key| !has_variable(key));
        self.settled(&keys)
    }

    /// The request with values for the keys, settled one after the other.
    fn settled(&self, keys: &[&str]) -> Option<Request> {
        let mut request = self.base.clone();
        // Some value of what every request has; should a statement stand against it, that becomes a wish.
        for (key, values) in &self.always.0 {
            if !keys.iter().any(|wished| wished.eq_ignore_ascii_case(key)) && request.context.get(key).is_none() {
                request.context.set_all(key, values.clone());
            }
        }
        for (position, key) in keys.iter().enumerate() {
            self.settle(key, keys.get(..position).unwrap_or_default(), &mut request)?;
        }
        Some(request)
    }

    fn wishes_on(&self, key: &str) -> Vec<Wish<'p>> {
        let on_key = self
            .wishes
            .iter()
            .filter(|wish| wish.condition.key.eq_ignore_ascii_case(key));
        on_key.copied().collect()
    }

    /// Gives the key a value that makes all wishes on it come true. Where that takes the value of a variable which the request does
    /// not have, and nothing before has settled, the variable gets one too: that of the key, if it is fixed, any, or what makes the text
    /// match a value that other wishes name.
    fn settle(&self, key: &str, settled: &[&str], request: &mut Request) -> Option<()> {
        let wishes = self.wishes_on(key);
        let mut chosen = self.choose(key, &wishes, request);
        if chosen.is_none() {
            let mut open: Vec<&str> = texts(&wishes)
                .flat_map(|(text, version)| evaluate::open_keys(text, version, request))
                .filter(|open| {
                    !follows_from_caller(open) && !settled.iter().any(|known| known.eq_ignore_ascii_case(open))
                })
                .collect();
            open.sort_unstable();
            open.dedup();
            let fixed = request
                .values(key)
                .and_then(|values| values.first().map(ToString::to_string));
            let alike = fixed.iter().map(String::as_str).chain(ANY_VALUES);
            let alike = alike.map(|value| open.iter().map(|_| value.to_owned()).collect());
            let solved = || self.solved(&wishes, &open, fixed.as_ref(), request);
            for values in alike.chain(std::iter::once_with(solved).flatten()) {
                let mut filled = request.clone();
                let values: Vec<String> = values;
                for (open, value) in open.iter().zip(values) {
                    filled.context.set(open, value);
                }
                chosen = self.choose(key, &wishes, &filled);
                if chosen.is_some() {
                    *request = filled;
                    break;
                }
            }
        }
        if let Some(values) = chosen? {
            request.context.set_all(key, values);
        }
        Some(())
    }

    /// Values of the open variables by which the wishes' texts match what the key is, or what other wishes name for it.
    fn solved(
        &self,
        wishes: &[Wish<'p>],
        open: &[&str],
        fixed: Option<&String>,
        request: &Request,
    ) -> Vec<Vec<String>> {
        let values = fixed.map_or_else(
            || {
                let conditions = wishes.iter().map(|wish| {
                    if wish.has_variable() {
                        Cow::Owned(with_wildcards(wish.condition, wish.version, request))
                    } else {
                        Cow::Borrowed(wish.condition)
                    }
                });
                let conditions: Vec<Cow<'_, Condition>> = conditions.collect();
                named(&conditions.iter().map(AsRef::as_ref).collect::<Vec<_>>())
            },
            |fixed| vec![fixed.clone()],
        );
        let mut found: Vec<Vec<String>> = Vec::new();
        for value in values {
            let of_each = open.iter().map(|key| -> Vec<String> {
                texts(wishes)
                    .flat_map(|text| solutions(text, key, &value, request, self.effort))
                    .collect()
            });
            let of_each: Vec<Vec<String>> = of_each.collect();
            let most = of_each.iter().map(Vec::len).max().unwrap_or(0);
            found.extend((0..most).map(|position| {
                let each = of_each.iter();
                each.map(|solutions| solutions.get(position).or(solutions.last()).unwrap_or(&value).clone())
                    .collect()
            }));
        }
        found
    }

    /// Values of the key, or that it is left as it is, if that makes all wishes on it come true.
    fn choose(&self, key: &str, wishes: &[Wish<'p>], request: &Request) -> Option<Values> {
        let come_true = |values: Option<&[&str]>| {
            wishes
                .iter()
                .all(|wish| evaluate::holds_for(wish.condition, wish.version, values, request) == wish.holds)
        };
        // Of the base, or as a variable of another.
        if let Some(fixed) = request.values(key) {
            let fixed: Vec<&str> = fixed.iter().map(AsRef::as_ref).collect();
            return come_true(Some(&fixed)).then_some(None);
        }
        if follows_from_caller(key) {
            // The caller has no such key.
            return come_true(None).then_some(None);
        }
        let conditions: Vec<Cow<'p, Condition>> = wishes
            .iter()
            .map(|wish| evaluate::read_for(wish.condition, wish.version, request))
            .collect();
        let conditions: Vec<&Condition> = conditions.iter().map(AsRef::as_ref).collect();
        let (candidates, are_all) = values_worth_trying(&conditions);
        let may_be_absent = !is_always_present(key);
        let found = candidates.into_iter().find(|values| {
            if values.is_none() && !may_be_absent {
                return false;
            }
            let values: Option<Vec<&str>> = values
                .as_ref()
                .map(|values| values.iter().map(String::as_str).collect());
            come_true(values.as_deref())
        });
        if found.is_none() && !are_all {
            self.effort.doubt();
        }
        found
    }
}

/// What the wishes compare with.
fn texts<'w>(wishes: &'w [Wish<'_>]) -> impl Iterator<Item = (&'w str, Version)> {
    wishes.iter().flat_map(|wish| {
        let texts = wish.condition.values.iter();
        texts.map(|text| (text.text.as_str(), wish.version))
    })
}

impl Wish<'_> {
    fn has_variable(&self) -> bool {
        let mut texts = self.condition.values.iter();
        texts.any(|text| evaluate::has_variable(&text.text, self.version))
    }
}
