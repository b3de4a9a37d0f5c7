//! Variables whose value the caller alone does not say: `${aws:PrincipalTag/team}` in a resource or a condition. What they stand for is
//! looked for in both directions: values that conditions name, each of which says which resources are left, and resources, each of which
//! says what a variable must stand for. Not every combination is tried. Whether there can be an example at all is told by the policies
//! with every such variable read in the caller's favour; where there can, and none was found, the answer is not known.

use super::circumstances::{self, ANY_VALUES, AlwaysPresent};
use super::{Effort, Found, Wanted, all_resources, ask, granting, resources};
use crate::Policy;
use crate::arn::complete;
use crate::document::{Condition, Effect, Element, Operator, OperatorKind, Polarity, Quantifier, Statement, Version};
use crate::evaluate::{self, NamedPolicy, PolicySet, Request};
use crate::keys::follows_from_caller;
use crate::pattern::{self, Case};
use crate::reach::values_worth_trying;

/// The most values that are tried for a variable.
const MOST_VALUES: usize = 8;
/// The most combinations of values that are tried for one question.
const MOST_COMBINATIONS: usize = 24;
/// The most resources for which the values of variables are worked out.
const MOST_RESOURCES: usize = 12;

/// What came of a search.
pub(super) enum Answer {
    Found(Found),
    None,
    /// There may be something that was not found.
    Unknown,
}

/// The free variables in statements about an action.
pub(super) struct Variables<'p> {
    free: Free<'p>,
    /// Those in resources.
    keys: Vec<Key<'p>>,
    /// Resources that have such variables.
    texts: Vec<(&'p str, Version)>,
}

struct Key<'p> {
    name: &'p str,
    /// Values that conditions tell apart.
    named: Vec<String>,
}

/// Which keys are free: the request does not have them, and they do not follow from who asks.
#[derive(Clone, Copy)]
struct Free<'p> {
    probe: &'p Request,
    of_caller: &'p [&'p str],
}

impl Free<'_> {
    fn has(&self, key: &str) -> bool {
        !follows_from_caller(key) && self.probe.values(key).is_none()
    }

    fn has_in_resource(&self, key: &str) -> bool {
        let is_of_caller = self.of_caller.iter().any(|own| own.eq_ignore_ascii_case(key));
        !is_of_caller && self.has(key)
    }

    /// The free variables in a resource.
    fn of_resource<'t>(&self, text: &'t str, version: Version) -> Vec<&'t str> {
        if !evaluate::has_variable(text, version) {
            return Vec::new();
        }
        let keys = evaluate::variables(text);
        keys.filter(|key| self.has_in_resource(key)).collect()
    }

    fn are_in(&self, condition: &Condition, version: Version) -> bool {
        condition.values.iter().any(|text| {
            evaluate::has_variable(&text.text, version) && evaluate::variables(&text.text).any(|key| self.has(key))
        })
    }
}

impl<'p> Variables<'p> {
    /// `None` where statements about the action have none.
    pub(super) fn of(policies: &PolicySet<'p>, probe: &'p Request, wanted: &'p Wanted) -> Option<Self> {
        let free = Free {
            probe,
            of_caller: wanted.of_caller,
        };
        let mut keys: Vec<Key<'p>> = Vec::new();
        let mut texts: Vec<(&'p str, Version)> = Vec::new();
        let mut are_in_conditions = false;
        let about = || {
            let statements = policies.statements();
            statements.filter(|statement| evaluate::action_matches(&statement.action, &probe.action))
        };
        for statement in about() {
            let version = statement.version;
            for pattern in statement.resource.iter().flat_map(|element| &element.patterns) {
                let found = free.of_resource(&pattern.text, version);
                if !found.is_empty() {
                    texts.push((&pattern.text, version));
                }
                for name in found {
                    if !keys.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                        let named = Vec::new();
                        keys.push(Key { name, named });
                    }
                }
            }
            let mut conditions = statement.conditions.iter();
            are_in_conditions |= conditions.any(|condition| free.are_in(condition, version));
        }
        if keys.is_empty() && !are_in_conditions {
            return None;
        }
        texts.sort_unstable_by_key(|(text, _)| *text);
        texts.dedup();
        for key in &mut keys {
            let name = key.name;
            let conditions = about().flat_map(|statement| {
                let version = statement.version;
                let conditions = statement.conditions.iter();
                conditions.filter(move |on| on.key.eq_ignore_ascii_case(name) && !free.are_in(on, version))
            });
            key.named = named(&conditions.collect::<Vec<_>>());
        }
        Some(Self { free, keys, texts })
    }

    pub(super) fn find(&self, probe: &Request, wanted: &Wanted, policies: &PolicySet<'_>, effort: &Effort) -> Answer {
        effort.settle();
        let loosest = Loosened::of(policies, self.free, "*");
        let possible = ask(probe, wanted, &loosest.set(policies), effort);
        if possible.is_none() && !effort.is_in_doubt() && !effort.is_spent() {
            return Answer::None;
        }
        if self.keys.is_empty() {
            return Answer::Unknown;
        }
        let by_value = || {
            let mut fillings = self.fillings(probe, |key| self.at_hand(key, wanted, probe, effort));
            fillings.find_map(|filled| ask(&filled, wanted, policies, effort))
        };
        let by_resource = || {
            let mut resources = self.resources(probe, wanted, policies, effort).into_iter();
            resources.find_map(|resource| self.allowed(probe, resource, policies, effort))
        };
        by_value().or_else(by_resource).map_or(Answer::Unknown, Answer::Found)
    }

    /// Values of a variable whatever the resource: those that conditions name, any, and what resources as people know them would have.
    fn at_hand(&self, key: &Key<'_>, wanted: &Wanted, probe: &Request, effort: &Effort) -> Vec<String> {
        let usual = wanted.usual.iter();
        let in_usual = usual.flat_map(|resource| self.in_place(key.name, resource, probe, effort));
        let any = ANY_VALUES.map(str::to_owned);
        key.named.iter().cloned().chain(any).chain(in_usual).collect()
    }

    /// What the variable stands for in patterns that are to match the resource.
    fn in_place(&self, key: &str, resource: &str, probe: &Request, effort: &Effort) -> Vec<String> {
        let texts = self.texts.iter();
        texts
            .flat_map(|(text, version)| solutions((&complete(text), *version), key, resource, probe, effort))
            .collect()
    }

    /// The probe with values for the variables in resources.
    fn fillings(&self, probe: &Request, values: impl Fn(&Key<'p>) -> Vec<String>) -> impl Iterator<Item = Request> {
        // Without a value a default counts.
        let candidates = self.keys.iter().map(|key| {
            let mut found: Vec<Option<String>> = Vec::new();
            for value in values(key).into_iter().map(Some) {
                if !found.contains(&value) {
                    found.push(value);
                }
            }
            found.truncate(MOST_VALUES);
            found.push(None);
            (key.name, found)
        });
        let candidates: Vec<(&str, Vec<Option<String>>)> = candidates.collect();
        let probe = probe.clone();
        combinations(&candidates).into_iter().map(move |values| {
            let mut filled = probe.clone();
            for (key, value) in values {
                if let Some(value) = value {
                    filled.context.set(key, value);
                }
            }
            filled
        })
    }

    /// Resources that are left where variables may stand for anything, rather than for nothing.
    fn resources(&self, probe: &Request, wanted: &Wanted, policies: &PolicySet<'_>, effort: &Effort) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for any in ["?*", "*"] {
            let loosened = Loosened::of(policies, self.free, any);
            let set = loosened.set(policies);
            for granting in granting(&set, &probe.action) {
                if effort.is_spent() {
                    return found;
                }
                let few = resources(granting, probe, wanted, &set, effort);
                let all = all_resources(granting, probe, wanted, &set, effort);
                for resource in few.into_iter().chain(all.into_iter().take(MOST_RESOURCES)) {
                    if !found.contains(&resource) {
                        found.push(resource);
                    }
                }
            }
        }
        found.truncate(MOST_RESOURCES);
        found
    }

    /// A request for this resource that is allowed.
    fn allowed(&self, probe: &Request, resource: String, policies: &PolicySet<'_>, effort: &Effort) -> Option<Found> {
        let always = AlwaysPresent::of(policies, &probe.action);
        let request = Request {
            resource,
            ..probe.clone()
        };
        let values = |key: &Key<'_>| -> Vec<String> {
            let in_place = self.in_place(key.name, &request.resource, probe, effort).into_iter();
            let named = key.named.iter().cloned();
            in_place.chain(named).chain([ANY_VALUES[0].to_owned()]).collect()
        };
        let mut fillings = self.fillings(&request, values);
        fillings.find_map(|filled| {
            let covers = |statement: &Statement, version: Version| {
                let mut element = statement.resource.iter();
                element.all(|element| evaluate::resource_matches(element, version, &filled))
            };
            granting(policies, &probe.action)
                .into_iter()
                .take_while(|_| !effort.is_spent())
                .filter(|(statement, version)| covers(statement, *version))
                .find_map(|(statement, version)| {
                    circumstances::allowed(&filled, statement, version, (policies, &always), effort)
                })
        })
    }
}

/// The text with something in the place of variables.
fn with_any<'t>(text: &'t str, any: &'t str, is_replaced: impl Fn(&str) -> bool) -> String {
    evaluate::replaced(text, |part| part.key().filter(|key| is_replaced(key)).map(|_| any))
}

/// The condition as a pattern that has a wildcard for each variable without value.
pub(super) fn with_wildcards(condition: &Condition, version: Version, request: &Request) -> Condition {
    let mut condition = condition.clone();
    let is_open = |key: &str| request.values(key).is_none();
    for text in &mut condition.values {
        if evaluate::has_variable(&text.text, version) {
            text.text = with_any(&text.text, "*", is_open);
        }
    }
    if matches!(
        condition.operator.kind,
        OperatorKind::StringEquals | OperatorKind::StringEqualsIgnoreCase
    ) {
        condition.operator.kind = OperatorKind::StringLike;
    }
    evaluate::read_for(&condition, version, request).into_owned()
}

/// Single values that conditions on a key tell apart.
pub(super) fn named(conditions: &[&Condition]) -> Vec<String> {
    if conditions.is_empty() {
        return Vec::new();
    }
    let (values, _) = values_worth_trying(conditions);
    let one = |values: Vec<String>| <[String; 1]>::try_from(values).ok().map(|[value]| value);
    values.into_iter().flatten().filter_map(one).collect()
}

/// One value for each key, first the first of each, and so on.
fn combinations<'k>(candidates: &[(&'k str, Vec<Option<String>>)]) -> Vec<Vec<(&'k str, Option<String>)>> {
    let longest = candidates.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let alike = (0..longest).map(|position| vec![position; candidates.len()]);
    let total = candidates
        .iter()
        .fold(1_usize, |total, (_, values)| total.saturating_mul(values.len().max(1)));
    let all = (0..total.min(MOST_COMBINATIONS)).map(|number| {
        let mut rest = number;
        let digit = |(_, values): &(&str, Vec<Option<String>>)| {
            let digit = rest % values.len().max(1);
            rest /= values.len().max(1);
            digit
        };
        candidates.iter().map(digit).collect()
    });
    let mut positions: Vec<Vec<usize>> = Vec::new();
    for position in alike.chain(all) {
        if !positions.contains(&position) {
            positions.push(position);
        }
    }
    let chosen = |positions: Vec<usize>| {
        let pairs = candidates.iter().zip(positions);
        let chosen = pairs.map(|((key, values), position)| {
            let value = values.get(position).or(values.last()).cloned();
            (*key, value.flatten())
        });
        chosen.collect()
    };
    positions.into_iter().map(chosen).collect()
}

/// What the variable of a key may stand for so that the text matches a value, the longest first. The other variables that the request
/// lacks may stand for anything, so that not all of it need be right.
pub(super) fn solutions(
    (text, version): (&str, Version),
    key: &str,
    value: &str,
    request: &Request,
    effort: &Effort,
) -> Vec<String> {
    if !evaluate::has_variable(text, version) {
        return Vec::new();
    }
    let is_open = |key: &str| request.values(key).is_none_or(|values| values.len() != 1);
    let parts: Vec<evaluate::Part<'_>> = evaluate::parts(text).collect();
    let read = |parts: &[evaluate::Part<'_>]| {
        let written: String = parts.iter().map(evaluate::Part::written).collect();
        evaluate::tokens(&with_any(&written, "*", is_open), version, request)
    };
    let mut places: Vec<usize> = value.char_indices().map(|(place, _)| place).collect();
    places.push(value.len());
    let mut found: Vec<&str> = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        if !part.key().is_some_and(|own| own.eq_ignore_ascii_case(key)) {
            continue;
        }
        let (Some(before), Some(behind)) = (read(&parts[..position]), read(&parts[position + 1..])) else {
            continue;
        };
        effort.charge((places.len() * (before.len() + behind.len() + 1)) as u64);
        let begins = |place: &&usize| pattern::tokens_match(&before, &value[..**place], Case::Sensitive);
        let ends = |place: &&usize| pattern::tokens_match(&behind, &value[**place..], Case::Sensitive);
        let begins: Vec<usize> = places.iter().filter(begins).copied().collect();
        let ends: Vec<usize> = places.iter().filter(ends).copied().collect();
        for begin in begins {
            let behind = ends.iter().filter(|end| **end > begin);
            found.extend(behind.filter_map(|end| value.get(begin..*end)));
        }
    }
    found.sort_by_key(|solution| std::cmp::Reverse(solution.len()));
    found.dedup();
    found.truncate(MOST_VALUES);
    found.into_iter().map(str::to_owned).collect()
}

/// Policies with their free variables read in the caller's favour, statements about the action only: whatever they do not allow, the
/// policies themselves do not.
struct Loosened {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    service_control: Vec<Vec<Policy>>,
    resource_control: Vec<Vec<Policy>>,
}

impl Loosened {
    /// `any`: what takes the place of a variable.
    fn of(policies: &PolicySet<'_>, free: Free<'_>, any: &str) -> Self {
        let one = |named: &NamedPolicy<'_>| loosened(named.policy, free, any);
        let list = |layer: &Vec<NamedPolicy<'_>>| -> Vec<Policy> { layer.iter().map(one).collect() };
        Self {
            identity: list(&policies.identity),
            boundary: policies.boundary.as_ref().map(one),
            session: policies.session.as_ref().map(list),
            service_control: policies.service_control.iter().map(list).collect(),
            resource_control: policies.resource_control.iter().map(list).collect(),
        }
    }

    fn set<'s>(&'s self, policies: &PolicySet<'s>) -> PolicySet<'s> {
        let one = |policy: &'s Policy| NamedPolicy { name: "", policy };
        let list = |layer: &'s Vec<Policy>| -> Vec<NamedPolicy<'s>> { layer.iter().map(one).collect() };
        PolicySet {
            identity: list(&self.identity),
            boundary: self.boundary.as_ref().map(one),
            session: self.session.as_ref().map(list),
            service_control: self.service_control.iter().map(list).collect(),
            resource_control: self.resource_control.iter().map(list).collect(),
            ..policies.clone()
        }
    }
}

fn loosened(policy: &Policy, free: Free<'_>, any: &str) -> Policy {
    let action = &free.probe.action;
    let about = policy
        .statements
        .iter()
        .filter(|statement| evaluate::action_matches(&statement.action, action));
    let version = policy.version;
    let statements = about.filter_map(|statement| {
        let mut statement = statement.clone();
        statement.resource = match statement.resource {
            Some(element) => Some(loosened_resource(element, statement.effect, (free, version), any)?),
            None => None,
        };
        if statement.effect == Effect::Deny {
            let mut conditions = statement.conditions.iter();
            // With such a condition it need not apply.
            return (!conditions.any(|condition| free.are_in(condition, version))).then_some(statement);
        }
        let conditions = statement.conditions.into_iter();
        statement.conditions = conditions
            .filter_map(|condition| {
                if free.are_in(&condition, version) {
                    presence(condition)
                } else {
                    Some(condition)
                }
            })
            .collect();
        Some(statement)
    });
    Policy {
        version,
        id: None,
        statements: statements.collect(),
        single_statement: policy.single_statement,
    }
}

/// The resources with variables replaced where that makes for more that is allowed, and left out otherwise; `None`: the statement denies
/// nothing then.
fn loosened_resource(
    mut element: Element,
    effect: Effect,
    (free, version): (Free<'_>, Version),
    any: &str,
) -> Option<Element> {
    let is_replaced = (effect == Effect::Allow) == (element.polarity == Polarity::Is);
    if is_replaced {
        for pattern in &mut element.patterns {
            if free.of_resource(&pattern.text, version).is_empty() {
                continue;
            }
            pattern.text = with_any(&pattern.text, any, |key| free.has_in_resource(key));
        }
        return Some(element);
    }
    let patterns = &mut element.patterns;
    patterns.retain(|pattern| free.of_resource(&pattern.text, version).is_empty());
    (element.polarity == Polarity::Not || !element.patterns.is_empty()).then_some(element)
}

/// What a condition asks for whatever its variables stand for: that there is a value, if that.
fn presence(condition: Condition) -> Option<Condition> {
    let operator = condition.operator;
    let may_be_absent = operator.if_exists
        || operator.kind.is_negated()
        || operator.kind == OperatorKind::Null
        || operator.quantifier == Some(Quantifier::ForAllValues);
    let mut value = condition.values.first()?.clone();
    "false".clone_into(&mut value.text);
    (!may_be_absent).then_some(Condition {
        operator: Operator {
            kind: OperatorKind::Null,
            quantifier: None,
            if_exists: false,
        },
        values: vec![value],
        ..condition
    })
}
