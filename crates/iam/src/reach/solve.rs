//! Is there a request of a class of requesters that one Allow statement lets in and no Deny keeps out? If so, which?
//!
//! The search goes over callers, actions, resources and venues, and then over the condition keys: the values that matter
//! are finitely many (see [`super::candidates`]). Conditions on different keys are independent, so each key's values are
//! first held to the Allow; then for each Deny one of its conditions has to fail. Whatever is found is confirmed by the
//! reference evaluator before it counts. The search is bounded; if it gives up it says so.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::candidates::{FRESH, Situation, Values, Venue, candidates};
use super::key_search::KeySearch;
use super::scenario::{Scenario, Standing};
use super::targets::Prepared;
use super::tokens::{fill_variables, may_have, variables};
use crate::arn::{account_of, is_account_id};
use crate::document::{Condition, Effect, Element, Polarity, Policy, PrincipalEntry, PrincipalKind, Statement};
use crate::evaluate::{self, Caller, Request};
use crate::keys::{Authority, authority, follows_from_caller};

/// The answer for one scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// This request is let in.
    Allowed(Box<Request>),
    /// No request of the class is.
    Excluded,
    /// Not decided within the budget.
    Unknown,
}

/// How many condition checks one policy may cost before the search gives up.
const CHECK_BUDGET: u64 = 100_000;
/// How many values of variables in resources are tried.
const MOST_FILLINGS: usize = 9;
/// A list of so many values is worth remembering what it matched.
const LONG: usize = 8;
/// How many ways to evade the Denies are tried for one combination.
const EVASION_BUDGET: u32 = 2_000;

/// What stays the same for a whole policy.
pub(super) struct Searcher<'p> {
    pub(super) policy: &'p Policy,
    pub(super) resource: Option<&'p str>,
    pub(super) own_account: Option<&'p str>,
    /// That of the resource: others have no callers for it.
    pub(super) partition: &'p str,
    pub(super) stranger_accounts: Vec<String>,
    pub(super) organisations: Vec<String>,
    /// Whether a condition or variable asks for the organisation of the resource, a fact we supply.
    pub(super) asks_for_resource_organisation: bool,
    /// What every witness may say about where it comes from.
    pub(super) circumstances: Circumstances,
    /// What was worked out for the statement looked at last: its principals differ, the rest is shared.
    pub(super) prepared: RefCell<Prepared>,
    /// The Deny statements.
    pub(super) denies: Vec<&'p Statement>,
    pub(super) checks: Cell<u64>,
    /// What the policy's long conditions, by their place in memory, said of values.
    pub(super) held: RefCell<HashMap<usize, HashMap<Values, bool>>>,
    pub(super) search: KeySearch,
}

/// Keys that complete a witness because no statement asks for them; the others are chosen, absence included.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one answer for each key")]
pub(super) struct Circumstances {
    transport: bool,
    address: bool,
    vpc: bool,
    organisation: bool,
}

impl Circumstances {
    pub(super) fn not_asked_by(policy: &Policy) -> Self {
        let is_free = |key: &str| {
            let mut conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
            !conditions.any(|condition| condition.key.eq_ignore_ascii_case(key))
        };
        Self {
            transport: is_free("aws:SecureTransport"),
            address: is_free("aws:SourceIp"),
            vpc: is_free("aws:SourceVpc"),
            organisation: is_free("aws:PrincipalOrgID"),
        }
    }
}

impl Searcher<'_> {
    /// Looks for a request of the scenario that `statement` lets in through `only_action` (one of its patterns; `None`: any).
    pub(super) fn solve(&self, statement: &Statement, scenario: &Scenario<'_>, only_action: Option<&str>) -> Answer {
        if self.is_spent() {
            return Answer::Unknown;
        }
        let ask = |callers: &mut dyn Iterator<Item = &Caller>, meaning| {
            self.solve_for(statement, scenario, (callers, meaning), only_action)
        };
        let plain = ask(&mut scenario.callers.plain(), Meaning::Itself);
        let Some(principals) = scenario.callers.with_more() else {
            return plain;
        };
        if matches!(plain, Answer::Allowed(_)) {
            return plain;
        }
        // Others of the accounts. Names are the dearest to tell apart: could anybody at all get in, whatever their name?
        let stand_ins = principals.one_of_each_account();
        let mut resources = statement.resource.iter().flat_map(|element| &element.patterns);
        let differ = resources.any(|pattern| pattern.text.contains("${"));
        if !differ && ask(&mut stand_ins.iter(), Meaning::AnyOfTheAccount) == Answer::Excluded {
            return plain;
        }
        let others = principals.told_apart(self);
        match ask(&mut others.found.iter(), Meaning::Itself) {
            Answer::Excluded if plain == Answer::Unknown || !others.are_all => Answer::Unknown,
            answer => answer,
        }
    }

    fn solve_for(
        &self,
        statement: &Statement,
        scenario: &Scenario<'_>,
        (callers, meaning): (&mut dyn Iterator<Item = &Caller>, Meaning),
        only_action: Option<&str>,
    ) -> Answer {
        let mut actions = None;
        let mut settings = Vec::new();
        let mut is_unknown = false;
        let fillings = self.fillings(statement);
        for caller in callers {
            let venues = [Venue::Internet, Venue::VpcEndpoint];
            for (venue, filling) in venues
                .iter()
                .flat_map(|venue| fillings.iter().map(move |filling| (*venue, filling)))
            {
                if venue == Venue::VpcEndpoint && matches!(caller, Caller::Service { .. } | Caller::Federated { .. }) {
                    continue;
                }
                // The Allow's own conditions, before anything else: most scenarios fail here.
                let Some(setting) = self.setting(statement, scenario, (caller, meaning), (venue, filling)) else {
                    is_unknown |= self.is_spent();
                    continue;
                };
                let actions = actions.get_or_insert_with(|| self.likely_actions(statement, only_action, scenario));
                match self.search(
                    statement,
                    scenario,
                    std::slice::from_ref(&setting),
                    actions,
                    Self::likely_resources,
                ) {
                    Answer::Excluded => {}
                    Answer::Unknown => is_unknown = true,
                    found @ Answer::Allowed(_) => return found,
                }
                settings.push(setting);
            }
        }
        if is_unknown {
            return Answer::Unknown;
        }
        let Some(actions) = actions.filter(|_| self.has_narrow_denies()) else {
            return Answer::Excluded;
        };
        // Denies of some actions or resources: tell all combinations apart.
        let (actions, are_all_actions) = self.all_actions(statement, only_action, &actions);
        let has_variables = std::iter::once(statement)
            .chain(self.denies.iter().copied())
            .filter_map(|statement| statement.resource.as_ref())
            .flat_map(|element| &element.patterns)
            .any(|pattern| pattern.text.contains("${"));
        let are_all_resources = Cell::new(true);
        let read = |base: &Request, action: &str| -> Rc<[String]> {
            let (resources, are_all) = self.all_resources(statement, base, action);
            are_all_resources.set(are_all_resources.get() && are_all);
            resources.into()
        };
        let shared = settings
            .first()
            .filter(|_| !has_variables)
            .map(|setting| read(&setting.base, ""));
        let thorough = self.search(
            statement,
            scenario,
            &settings,
            &actions,
            |_, _, base, action| match &shared {
                Some(resources) => Rc::clone(resources),
                None => read(base, action),
            },
        );
        let are_all_resources = are_all_resources.get();
        if thorough == Answer::Excluded && !(are_all_actions && are_all_resources) {
            Answer::Unknown
        } else {
            thorough
        }
    }

    /// Whether the policy has had its share of work.
    fn is_spent(&self) -> bool {
        self.checks.get() > CHECK_BUDGET || self.search.is_spent()
    }

    /// Whether a Deny names actions or resources, so that some may be left.
    fn has_narrow_denies(&self) -> bool {
        let is_narrow = |element: &Element| {
            element.polarity == Polarity::Not || element.patterns.iter().all(|pattern| pattern.text != "*")
        };
        self.policy.statements.iter().any(|deny| {
            deny.effect == Effect::Deny && (is_narrow(&deny.action) || deny.resource.as_ref().is_some_and(is_narrow))
        })
    }

    fn search(
        &self,
        statement: &Statement,
        scenario: &Scenario<'_>,
        settings: &[Setting<'_>],
        actions: &[String],
        resources: impl Fn(&Self, &Statement, &Request, &str) -> Rc<[String]>,
    ) -> Answer {
        let mut answer = Answer::Excluded;
        for setting in settings {
            for action in actions {
                for resource in resources(self, statement, &setting.base, action).iter() {
                    if self.is_spent() {
                        return Answer::Unknown;
                    }
                    let request = Request {
                        action: action.clone(),
                        resource: resource.clone(),
                        ..setting.base.clone()
                    };
                    match self.circumstances(statement, scenario, setting, request) {
                        Answer::Excluded => {}
                        Answer::Unknown => answer = Answer::Unknown,
                        found @ Answer::Allowed(_) => return found,
                    }
                }
            }
        }
        answer
    }

    /// Values for variables that only the Allow's resources use: one that nobody names, and those that Denies have in their place.
    fn fillings(&self, statement: &Statement) -> Vec<Cow<'static, str>> {
        let mut found = vec![Cow::Borrowed(FRESH)];
        let heads = statement.resource.iter().flat_map(|element| &element.patterns);
        for head in heads.filter_map(|pattern| Some(pattern.text.split_once("${")?.0)) {
            let denied = self.denies.iter().filter_map(|deny| deny.resource.as_ref());
            let places = denied
                .flat_map(|element| &element.patterns)
                .filter_map(|pattern| pattern.text.strip_prefix(head)?.split(['/', ':']).next())
                .filter(|place| !place.is_empty() && *place != "*" && !place.contains("${"));
            found.extend(places.map(|place| Cow::Owned(place.replace(['*', '?'], "x"))));
        }
        found.dedup();
        found.truncate(MOST_FILLINGS);
        found
    }

    /// The values that the Allow's conditions leave to a caller in a venue; `None` if they leave none.
    fn setting<'s>(
        &'s self,
        statement: &'s Statement,
        scenario: &Scenario<'_>,
        (caller, meaning): (&Caller, Meaning),
        (venue, filling): (Venue, &str),
    ) -> Option<Setting<'s>> {
        if self.is_spent() {
            return None;
        }
        // Of the partition of the resource, which the ARN of a root user follows.
        let mut base = Request::new(caller.clone(), "", self.resource.unwrap_or_default());
        base.resource_account = self.own_account.map(str::to_owned);
        let mut entries = statement.principal.iter().flat_map(|element| &element.entries);
        if entries.any(|entry| entry.kind == PrincipalKind::CanonicalUser && entry.value == scenario.who) {
            base.canonical_user = Some(scenario.who.clone());
        }
        if self.asks_for_resource_organisation {
            let organisation = self.organisations.first().map_or("o-ours0000000", String::as_str);
            base.context.set("aws:ResourceOrgID", organisation);
        }
        let is_any = meaning == Meaning::AnyOfTheAccount;
        let is_covered = |element| is_any || evaluate::principal_covers(element, &base);
        if !statement.principal.as_ref().is_none_or(is_covered) {
            return None;
        }
        let mut keys: Vec<Key<'_>> = Vec::new();
        for condition in statement
            .conditions
            .iter()
            .chain(self.denies.iter().flat_map(|deny| &deny.conditions))
        {
            match keys
                .iter_mut()
                .find(|key| key.name.eq_ignore_ascii_case(&condition.key))
            {
                Some(key) => key.conditions.push(condition),
                None => keys.push(Key {
                    name: &condition.key,
                    conditions: vec![condition],
                    values: Vec::new(),
                    has_more: false,
                }),
            }
        }
        for key in &mut keys {
            let derived = base.values(key.name);
            if derived.is_some() || follows_from_caller(key.name) {
                // The caller or the resource decides: one value.
                key.values = vec![derived.map(|values| values.into_iter().map(Cow::into_owned).collect())];
                key.has_more = is_any && depends_on_name(key.name);
            } else {
                let has_variable = |condition: &&Condition| {
                    let mut values = condition.values.iter();
                    values.any(|value| evaluate::has_variable(&value.text, self.policy.version))
                };
                let read: Vec<Cow<'_, Condition>> = if key.conditions.iter().any(has_variable) {
                    let read = |condition: &&'s Condition| evaluate::read_for(condition, self.policy.version, &base);
                    key.conditions.iter().map(read).collect()
                } else {
                    Vec::new()
                };
                let read: Vec<&Condition> = read.iter().map(AsRef::as_ref).collect();
                let situation = Situation {
                    scenario,
                    caller,
                    venue,
                    conditions: if read.is_empty() { &key.conditions } else { &read },
                    stranger_accounts: &self.stranger_accounts,
                    organisations: &self.organisations,
                    own_account: self.own_account,
                    partition: self.partition,
                    search: &self.search,
                };
                let (values, are_all) = candidates(key.name, &situation);
                key.values = values;
                key.has_more = !are_all || is_any && (depends_on_name(key.name) || !read.is_empty());
                self.charge(key.values.len());
            }
        }
        // What only resources speak of has some value.
        let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
        for pattern in patterns.filter(|pattern| evaluate::has_variable(&pattern.text, self.policy.version)) {
            for name in evaluate::open_keys(&pattern.text, self.policy.version, &base) {
                if may_have(caller, name) && !keys.iter().any(|key| key.name.eq_ignore_ascii_case(name)) {
                    base.context.set(name, filling);
                }
            }
        }
        let (mut depends_on_free_keys, mut has_example) = (false, !is_any);
        for condition in &statement.conditions {
            let Some(key) = keys
                .iter_mut()
                .find(|key| key.name.eq_ignore_ascii_case(&condition.key))
            else {
                continue;
            };
            if self.has_open_variable(condition, &base) {
                depends_on_free_keys = true;
                let with_variables = condition.values.iter().filter(|value| value.text.contains("${"));
                let resolved = with_variables.map(|value| Some(vec![fill_variables(&value.text)]));
                key.values.splice(0..0, resolved);
                continue;
            }
            key.values.retain(|values| self.holds(condition, values, &base));
            if key.values.is_empty() {
                if !key.has_more {
                    return None;
                }
                has_example = false;
            }
        }
        Some(Setting {
            base,
            venue,
            keys,
            depends_on_free_keys,
            has_example,
            meaning,
        })
    }

    /// Looks for values of the condition keys that evade the Denies.
    fn circumstances(
        &self,
        statement: &Statement,
        scenario: &Scenario<'_>,
        setting: &Setting<'_>,
        mut request: Request,
    ) -> Answer {
        let policy = self.policy;
        self.charge(self.denies.len());
        let is_any = setting.meaning == Meaning::AnyOfTheAccount;
        let covers = |deny: &&&Statement| {
            let covers_caller = if is_any {
                covers_whole_accounts(deny, &request)
            } else {
                evaluate::deny_covers_caller(deny, &request)
            };
            covers_caller
                && evaluate::action_matches(&deny.action, &request.action)
                && deny.resource.as_ref().is_none_or(|element| {
                    !(is_any && element.patterns.iter().any(|pattern| pattern.text.contains("${")))
                        && evaluate::resource_matches(element, policy.version, &request)
                })
        };
        let denies: Vec<&Statement> = self.denies.iter().filter(covers).copied().collect();
        if denies.iter().any(|deny| deny.conditions.is_empty()) {
            return Answer::Excluded;
        }
        let keys = &setting.keys;
        let remaining: Vec<Vec<usize>> = keys.iter().map(|key| (0..key.values.len()).collect()).collect();
        let evade = |takes| {
            let mut budget = EVASION_BUDGET;
            let chosen = self.evade(&denies, (keys, takes), &remaining, &request, &mut budget);
            (chosen, budget == 0)
        };
        let (chosen, is_cut) = if setting.has_example {
            evade(Takes::WhatWasFound)
        } else {
            (None, false)
        };
        let Some(chosen) = chosen else {
            // Would a value that was not found do?
            let might = || {
                let (chosen, is_cut) = evade(Takes::WhatMayBe);
                chosen.is_some() || is_cut
            };
            let may_have_others = !setting.has_example || keys.iter().any(|key| key.has_more);
            let is_open = is_cut || setting.depends_on_free_keys || may_have_others && might();
            return if is_open { Answer::Unknown } else { Answer::Excluded };
        };
        for (key, values) in keys.iter().zip(&chosen) {
            let asks = |other: &Statement| {
                other
                    .conditions
                    .iter()
                    .any(|condition| condition.key.eq_ignore_ascii_case(key.name))
            };
            if !asks(statement) && !denies.iter().any(|deny| asks(deny)) {
                continue;
            }
            if let Some(values) = values
                .first()
                .and_then(|index| key.values.get(*index))
                .and_then(Option::as_ref)
            {
                request.context.set_all(key.name, values.clone());
            }
        }
        self.describe_venue(scenario, setting.venue, &mut request);
        // The Denies that cover the request were evaded; the evaluator says whether what was chosen key by key holds together,
        // over all Denies and for this Allow.
        let is_denied = self.denies.iter().any(|deny| evaluate::denies(deny, policy, &request));
        if !is_denied && evaluate::statement_applies(statement, policy, &request) {
            Answer::Allowed(Box::new(request))
        } else {
            // A variable of one key in the value of another.
            Answer::Unknown
        }
    }

    fn charge(&self, work: usize) {
        self.checks.set(self.checks.get() + work as u64);
    }

    /// Picks for each Deny a condition that fails; returns for each key the values that are left.
    fn evade(
        &self,
        denies: &[&Statement],
        (keys, takes): (&[Key<'_>], Takes),
        remaining: &[Vec<usize>],
        request: &Request,
        budget: &mut u32,
    ) -> Option<Vec<Vec<usize>>> {
        let Some((deny, rest)) = denies.split_first() else {
            return Some(remaining.to_vec());
        };
        for condition in &deny.conditions {
            if *budget == 0 {
                return None;
            }
            *budget -= 1;
            let Some(position) = keys
                .iter()
                .position(|key| key.name.eq_ignore_ascii_case(&condition.key))
            else {
                continue;
            };
            if takes == Takes::WhatMayBe && keys[position].has_more {
                if let Some(found) = self.evade(rest, (keys, takes), remaining, request, budget) {
                    return Some(found);
                }
                continue;
            }
            let open = self.has_open_variable(condition, request);
            let left: Vec<usize> = remaining[position]
                .iter()
                .copied()
                .filter(|index| open || !self.holds(condition, &keys[position].values[*index], request))
                .collect();
            if left.is_empty() {
                continue;
            }
            let mut narrowed = remaining.to_vec();
            narrowed[position] = left;
            if let Some(found) = self.evade(rest, (keys, takes), &narrowed, request, budget) {
                return Some(found);
            }
        }
        None
    }

    fn holds(&self, condition: &Condition, values: &Values, request: &Request) -> bool {
        let is_long = condition.values.len() >= LONG && !condition.values.iter().any(|value| value.text.contains("${"));
        if !is_long {
            return self.holds_now(condition, values, request);
        }
        // Without variables the answer is the same for every caller, and a long list is asked about every value that it names.
        let place = std::ptr::from_ref(condition).addr();
        self.charge(1);
        if let Some(known) = self.held.borrow().get(&place).and_then(|known| known.get(values)) {
            return *known;
        }
        let holds = self.holds_now(condition, values, request);
        self.held
            .borrow_mut()
            .entry(place)
            .or_default()
            .insert(values.clone(), holds);
        holds
    }

    fn holds_now(&self, condition: &Condition, values: &Values, request: &Request) -> bool {
        self.charge(condition.values.len());
        let values: Option<Vec<&str>> = values
            .as_ref()
            .map(|values| values.iter().map(String::as_str).collect());
        evaluate::holds_for(condition, self.policy.version, values.as_deref(), request)
    }

    /// Whether a value of the condition has a variable for a key that is still to be chosen.
    fn has_open_variable(&self, condition: &Condition, request: &Request) -> bool {
        condition.values.iter().any(|value| {
            evaluate::has_variable(&value.text, self.policy.version)
                && variables(&value.text).any(|name| request.values(name).is_none() && !follows_from_caller(name))
        })
    }

    /// Context keys every such request has, so that the witness is complete.
    fn describe_venue(&self, scenario: &Scenario<'_>, venue: Venue, request: &mut Request) {
        let is_service = matches!(request.caller, Caller::Service { .. });
        let free = self.circumstances;
        if free.transport {
            request.context.set("aws:securetransport", "true");
        }
        match venue {
            Venue::Internet if !is_service && free.address => request.context.set("aws:sourceip", "198.51.100.77"),
            Venue::VpcEndpoint if free.vpc => request.context.set("aws:sourcevpc", "vpc-0strangers0000000"),
            Venue::Internet | Venue::VpcEndpoint => {}
        }
        if let Standing::Member { organisation } = &scenario.standing
            && free.organisation
        {
            request.context.set("aws:principalorgid", organisation.as_str());
        }
    }
}

/// A caller in a venue, and the values that the Allow leaves to each key.
struct Setting<'a> {
    base: Request,
    venue: Venue,
    keys: Vec<Key<'a>>,
    /// Whether a value is a variable of another key that is still to be chosen.
    depends_on_free_keys: bool,
    /// Whether the caller is one and each key has a value: else the setting only tells whether somebody might get in.
    has_example: bool,
    meaning: Meaning,
}

/// Whom a caller stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Itself,
    /// Any principal of the caller's account: what depends on the name may be as the policy wants it.
    AnyOfTheAccount,
}

/// Which values of a key evade a Deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    WhatWasFound,
    /// Also those that a search that was cut short may have missed.
    WhatMayBe,
}

struct Key<'a> {
    name: &'a str,
    conditions: Vec<&'a Condition>,
    values: Vec<Values>,
    /// Whether there may be values that matter besides these.
    has_more: bool,
}

/// Whether a key differs between principals of one account and follows from who they are.
fn depends_on_name(key: &str) -> bool {
    match authority(key) {
        Authority::CallerArn | Authority::CallerId => true,
        Authority::CallerAccount | Authority::CallerIsService | Authority::Resource => false,
        _ => follows_from_caller(key),
    }
}

/// Whether a Deny covers all principals of the request's account.
fn covers_whole_accounts(deny: &Statement, request: &Request) -> bool {
    let covers = |entry: &PrincipalEntry| {
        let is_whole = entry.is_anyone() || entry.value.ends_with(":root") || is_account_id(&entry.value);
        is_whole && (entry.is_anyone() || request.caller.account() == account_of(&entry.value))
    };
    deny.principal
        .as_ref()
        .is_none_or(|element| element.polarity == Polarity::Is && element.entries.iter().any(covers))
}
