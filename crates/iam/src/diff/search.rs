//! The search for requests that one policy allows and the other does not: callers, actions and resources that tell the patterns
//! of both apart, and for each combination the context keys of [`super::circumstances`]. It is bounded, and says when it gave up.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::callers;
use super::circumstances::{Circumstances, Met, Place, Side, names_caller};
use super::filled::with_filled;
use super::requests::{self, Texts, listing};
use super::values::Asked;
use super::{Delta, allows, allows_by, describe, entry_words, push_new};
use crate::document::{Effect, Polarity, Policy, PrincipalElement, Statement};
use crate::evaluate::{self, Context, Request};
use crate::keys::{Authority, authority};
use crate::pattern::{self, Case};

/// The most statements that are looked at, over all requests, for one direction.
const MOST_LOOKS: usize = 3_000_000;

/// The most comparisons of resources with patterns, where patterns read differently from caller to caller; long resources count as several.
const MOST_MATCHES: usize = 1_000_000;

/// The most steps of choosing values of context keys, for one direction.
const MOST_STEPS: u64 = 40_000_000;

/// Which texts a statement matches.
type Matches = Rc<[bool]>;

/// Two policies, and the requests that may tell them apart.
pub(super) struct Search<'p> {
    old: &'p Policy,
    new: &'p Policy,
    actions: Texts,
    /// How many of the actions, from the first on, AWS has published.
    published: usize,
    seen: Vec<Seen>,
    is_complete: Cell<bool>,
}

/// The requests of one caller.
struct Seen {
    base: Request,
    resources: Rc<Texts>,
    /// By side and statement: which resources it matches; whether it names the caller.
    met: [Vec<Option<Matches>>; 2],
    places: Vec<Circumstances>,
}

/// What of a statement is already known to make a difference.
struct Known {
    actions: Vec<bool>,
    resources: Vec<bool>,
    is_caller: bool,
}

impl<'p> Search<'p> {
    pub(super) fn new(old: &'p Policy, new: &'p Policy) -> Self {
        let work = Cell::new(0);
        let (actions, published) = requests::actions(old, new, &work);
        let (callers, are_all_callers) = callers::callers(old, new, &work);
        let callers = with_filled(callers, old, new, &work);
        let is_complete = Cell::new(actions.is_complete && are_all_callers);
        let conditions = || {
            let statements = old.statements.iter().chain(&new.statements);
            statements.flat_map(|statement| &statement.conditions)
        };
        let is_about_place = conditions().any(|condition| {
            matches!(
                authority(&condition.key),
                Authority::SourceAddress | Authority::Vpc | Authority::VpcAddress
            )
        });
        let places = if is_about_place {
            &[Place::Internet, Place::VpcEndpoint][..]
        } else {
            &[Place::Internet]
        };
        // The account in a resource's ARN is its owner.
        let have_owners = callers.iter().any(|base| base.resource_account.is_some());
        let differ = have_owners || requests::have_resources_variables(old, new);
        let asked = Asked::of(old, new);
        let mut shared: Option<(Rc<Texts>, [Vec<Matches>; 2])> = None;
        let mut seen = Vec::new();
        let resources = requests::statements(old, new).filter_map(|(statement, _)| statement.resource.as_ref());
        let patterns: usize = resources.map(|element| element.patterns.len()).sum();
        let mut matches = 0;
        for base in callers {
            let (resources, matched) = match &shared {
                Some(known) if !differ => known.clone(),
                _ => {
                    let texts = requests::resources(old, new, &base, &work);
                    let lengths = texts.texts.iter().map(|text| 1 + text.len() / 64);
                    matches += lengths.sum::<usize>() * patterns;
                    if matches > MOST_MATCHES && !seen.is_empty() {
                        is_complete.set(false);
                        break;
                    }
                    let matched = [old, new].map(|policy| {
                        let of = |statement: &Statement| matches_of(statement, policy, &texts, &base);
                        policy.statements.iter().map(of).collect()
                    });
                    (Rc::new(texts), matched)
                }
            };
            shared.get_or_insert_with(|| (Rc::clone(&resources), matched.clone()));
            let sides = [old, new].into_iter().zip(matched).map(|(policy, matched)| {
                let pairs = policy.statements.iter().zip(matched);
                pairs
                    .map(|(statement, matched)| names_caller(statement, &base).then_some(matched))
                    .collect::<Vec<_>>()
            });
            let mut sides = sides.collect::<Vec<_>>().into_iter();
            let met = [sides.next().unwrap_or_default(), sides.next().unwrap_or_default()];
            let places: Vec<Circumstances> = places
                .iter()
                .map(|place| Circumstances::of(&base, *place, &asked))
                .collect();
            let is_all = resources.is_complete && places.iter().all(|place| place.is_complete);
            is_complete.set(is_complete.get() && is_all);
            seen.push(Seen {
                base,
                resources,
                met,
                places,
            });
        }
        Self {
            old,
            new,
            actions,
            published,
            seen,
            is_complete,
        }
    }

    /// Whether nothing was left out.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.get()
    }

    fn policy(&self, side: Side) -> &'p Policy {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }

    /// What one side allows and the other does not, by the statement that allows it.
    pub(super) fn deltas(&self, side: Side, unchanged: &[usize]) -> Vec<Delta> {
        let policy = self.policy(side);
        let by_action = [Side::Old, Side::New].map(|side| {
            let of = |statement: &Statement| {
                let texts = self.actions.texts.iter();
                texts
                    .map(|action| evaluate::action_matches(&statement.action, action))
                    .collect::<Vec<bool>>()
            };
            self.policy(side).statements.iter().map(of).collect::<Vec<_>>()
        });
        let mut looks = 0;
        let steps = Cell::new(MOST_STEPS);
        let mut found = Vec::new();
        for (position, statement) in policy.statements.iter().enumerate() {
            if statement.effect == Effect::Allow && !unchanged.contains(&statement.index) {
                found.extend(self.delta(side, position, statement, &by_action, (&mut looks, &steps)));
            }
        }
        found
    }

    fn delta(
        &self,
        side: Side,
        position: usize,
        statement: &Statement,
        by_action: &[Vec<Vec<bool>>; 2],
        (looks, steps): (&mut usize, &Cell<u64>),
    ) -> Option<Delta> {
        let (after, before) = (self.policy(side), self.policy(side.other()));
        let total = after.statements.len() + before.statements.len();
        let mut delta: Option<Delta> = None;
        let mut known = Known {
            actions: vec![false; self.actions.texts.len()],
            resources: Vec::new(),
            is_caller: false,
        };
        for seen in &self.seen {
            let Some(resources) = seen.met(side).get(position).and_then(Option::as_ref) else {
                continue;
            };
            known.is_caller = false;
            known.resources.resize(seen.resources.texts.len(), false);
            if self
                .seen
                .first()
                .is_some_and(|first| !Rc::ptr_eq(&first.resources, &seen.resources))
            {
                known.resources.fill(false);
            }
            for circumstances in &seen.places {
                let mut settled: HashMap<(Met, Met), Option<Context>> = HashMap::new();
                for (action_at, action) in self.actions.texts.iter().enumerate() {
                    if !is(by_action[index(side)].get(position), action_at)
                        || evaluate::is_never_allowed(&seen.base.caller, action)
                    {
                        continue;
                    }
                    for (resource_at, resource) in seen.resources.texts.iter().enumerate() {
                        let is_known = known.is_caller && known.actions[action_at] && known.resources[resource_at];
                        if is_known || !resources.get(resource_at).is_some_and(|matches| *matches) {
                            continue;
                        }
                        let owner = seen.base.resource_account.as_deref();
                        if owner
                            .zip(requests::owner_in(resource))
                            .is_some_and(|(owner, of)| owner != of)
                        {
                            continue;
                        }
                        *looks += total;
                        if *looks > MOST_LOOKS {
                            self.is_complete.set(false);
                            return delta;
                        }
                        let met = |side: Side| {
                            seen.meets(side, self.policy(side), &by_action[index(side)], action_at, resource_at)
                        };
                        let pair = (met(side), met(side.other()));
                        let context = settled.entry(pair).or_insert_with_key(|(after, before)| {
                            let (context, is_thorough) =
                                circumstances.tell_apart((side, position), (after, before), &seen.base, steps);
                            self.is_complete.set(self.is_complete.get() && is_thorough);
                            context
                        });
                        let Some(context) = context else { continue };
                        let mut request = seen.base.clone();
                        request.action.clone_from(action);
                        request.resource.clone_from(resource);
                        request.context.clone_from(context);
                        request.context.forget_absent();
                        if !allows(after, &request)
                            || allows(before, &request)
                            || !allows_by(statement, after, &request)
                        {
                            // A variable of a key that was chosen.
                            self.is_complete.set(false);
                            continue;
                        }
                        known.is_caller = true;
                        known.actions[action_at] = true;
                        known.resources[resource_at] = true;
                        let is_published = action_at < self.published;
                        let delta = delta.get_or_insert_with(|| describe(statement, request.clone(), is_published));
                        if is_published && !delta.is_action_published {
                            delta.witness = request.clone();
                            delta.is_action_published = true;
                        }
                        name(delta, statement, after, &request);
                    }
                }
            }
        }
        delta
    }
}

impl Seen {
    fn met(&self, side: Side) -> &[Option<Matches>] {
        &self.met[index(side)]
    }

    /// The statements of a side that meet a request, its conditions left aside.
    fn meets(&self, side: Side, policy: &Policy, by_action: &[Vec<bool>], action: usize, resource: usize) -> Met {
        let mut met = Met::default();
        for (position, (statement, resources)) in policy.statements.iter().zip(self.met(side)).enumerate() {
            let Some(resources) = resources else { continue };
            if !is(by_action.get(position), action) || !resources.get(resource).is_some_and(|matches| *matches) {
                continue;
            }
            match statement.effect {
                Effect::Allow => met.allows.push(position),
                Effect::Deny => met.denies.push(position),
            }
        }
        met
    }
}

fn index(side: Side) -> usize {
    match side {
        Side::Old => 0,
        Side::New => 1,
    }
}

fn is(list: Option<&Vec<bool>>, position: usize) -> bool {
    list.and_then(|list| list.get(position)).is_some_and(|value| *value)
}

fn matches_of(statement: &Statement, policy: &Policy, texts: &Texts, base: &Request) -> Matches {
    let mut request = base.clone();
    let matches = |resource: &String| {
        request.resource.clone_from(resource);
        statement
            .resource
            .as_ref()
            .is_none_or(|element| evaluate::resource_matches(element, policy.version, &request))
    };
    texts.texts.iter().map(matches).collect()
}

/// Adds what the statement calls the request's parts.
fn name(delta: &mut Delta, statement: &Statement, policy: &Policy, request: &Request) {
    let is_action = |pattern: &str| pattern::matches(pattern, &request.action, Case::Insensitive);
    for text in listing(&statement.action, is_action) {
        push_new(&mut delta.actions, text);
    }
    if let Some(element) = &statement.resource {
        let is_resource = |text: &str| evaluate::resource_text_matches(text, policy.version, request);
        for text in listing(element, is_resource) {
            push_new(&mut delta.resources, text);
        }
    }
    let Some(element) = &statement.principal else { return };
    if element.polarity == Polarity::Not {
        let words: Vec<String> = element
            .entries
            .iter()
            .map(|entry| entry_words(entry, element.polarity))
            .collect();
        push_new(&mut delta.principals, words.join(", "));
        return;
    }
    for entry in &element.entries {
        let alone = PrincipalElement {
            entries: vec![entry.clone()],
            ..element.clone()
        };
        if evaluate::principal_covers(&alone, request) {
            push_new(&mut delta.principals, entry_words(entry, element.polarity));
        }
    }
}
