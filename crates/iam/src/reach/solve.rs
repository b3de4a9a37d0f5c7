//! Is there a request of a class of requesters that one Allow statement lets in and no Deny keeps out? If so, which?
//!
//! The search goes over callers, actions, resources and venues, and then over the condition keys: the values that matter
//! are finitely many (see [`super::candidates`]). Conditions on different keys are independent, so each key's values are
//! first held to the Allow; then for each Deny one of its conditions has to fail. Whatever is found is confirmed by the
//! reference evaluator before it counts. The search is bounded; if it gives up it says so.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::candidates::{FRESH, KeySearch, Situation, Values, Venue, candidates};
use super::scenario::{Scenario, Standing};
use super::targets::Prepared;
use super::tokens::{fill_variables, may_have, variables};
use crate::document::{Condition, Effect, Element, Polarity, Policy, PrincipalKind, Statement};
use crate::evaluate::{self, Caller, Request};
use crate::keys::follows_from_caller;

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
/// How many steps of pattern automata one policy may cost before the search gives up.
const AUTOMATON_BUDGET: u64 = 4_000_000;
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
    pub(super) fn solve(&self, statement: &Statement, scenario: &Scenario, only_action: Option<&str>) -> Answer {
        if self.is_spent() {
            return Answer::Unknown;
        }
        let mut actions = None;
        let mut settings = Vec::new();
        let mut is_unknown = !scenario.are_all_callers;
        self.search.is_cut_short.set(false);
        for caller in &scenario.callers {
            for venue in [Venue::Internet, Venue::VpcEndpoint] {
                if venue == Venue::VpcEndpoint && matches!(caller, Caller::Service { .. } | Caller::Federated { .. }) {
                    continue;
                }
                // The Allow's own conditions, before anything else: most scenarios fail here.
                let Some(setting) = self.setting(statement, scenario, caller, venue) else {
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
        if is_unknown || self.search.is_cut_short.get() {
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
        self.checks.get() > CHECK_BUDGET || self.search.automaton_work.get() > AUTOMATON_BUDGET
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
        scenario: &Scenario,
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

    /// The values that the Allow's conditions leave to a caller in a venue; `None` if they leave none.
    fn setting<'s>(
        &'s self,
        statement: &'s Statement,
        scenario: &Scenario,
        caller: &Caller,
        venue: Venue,
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
        let is_covered = |element| evaluate::principal_covers(element, &base);
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
                }),
            }
        }
        for key in &mut keys {
            let derived = base.values(key.name);
            if derived.is_some() || follows_from_caller(key.name) {
                // The caller or the resource decides: one value.
                key.values = vec![derived.map(|values| values.into_iter().map(Cow::into_owned).collect())];
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
                    search: &self.search,
                };
                key.values = candidates(key.name, &situation);
                self.charge(key.values.len());
            }
        }
        // What only resources speak of has some value.
        let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
        for pattern in patterns.filter(|pattern| evaluate::has_variable(&pattern.text, self.policy.version)) {
            for name in evaluate::open_keys(&pattern.text, self.policy.version, &base) {
                if may_have(caller, name) && !keys.iter().any(|key| key.name.eq_ignore_ascii_case(name)) {
                    base.context.set(name, FRESH);
                }
            }
        }
        let mut depends_on_free_keys = false;
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
                return None;
            }
        }
        Some(Setting {
            base,
            venue,
            keys,
            depends_on_free_keys,
        })
    }

    /// Looks for values of the condition keys that evade the Denies.
    fn circumstances(
        &self,
        statement: &Statement,
        scenario: &Scenario,
        setting: &Setting<'_>,
        mut request: Request,
    ) -> Answer {
        let policy = self.policy;
        self.charge(self.denies.len());
        let covers = |deny: &&&Statement| {
            evaluate::action_matches(&deny.action, &request.action)
                && deny
                    .resource
                    .as_ref()
                    .is_none_or(|element| evaluate::resource_matches(element, policy.version, &request))
                && evaluate::deny_covers_caller(deny, &request)
        };
        let denies: Vec<&Statement> = self.denies.iter().filter(covers).copied().collect();
        if denies.iter().any(|deny| deny.conditions.is_empty()) {
            return Answer::Excluded;
        }
        let keys = &setting.keys;
        let remaining: Vec<Vec<usize>> = keys.iter().map(|key| (0..key.values.len()).collect()).collect();
        let mut budget = EVASION_BUDGET;
        let Some(chosen) = self.evade(&denies, keys, &remaining, &request, &mut budget) else {
            let is_open = budget == 0 || setting.depends_on_free_keys;
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
        keys: &[Key<'_>],
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
            if let Some(found) = self.evade(rest, keys, &narrowed, request, budget) {
                return Some(found);
            }
        }
        None
    }

    fn holds(&self, condition: &Condition, values: &Values, request: &Request) -> bool {
        self.checks.set(self.checks.get() + condition.values.len() as u64);
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
    fn describe_venue(&self, scenario: &Scenario, venue: Venue, request: &mut Request) {
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
}

struct Key<'a> {
    name: &'a str,
    conditions: Vec<&'a Condition>,
    values: Vec<Values>,
}
