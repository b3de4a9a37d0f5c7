//! Is there a request of a class of requesters that one Allow statement lets in and no Deny keeps out? If so, which?
//!
//! The search goes over callers, actions, resources and venues, and then over the condition keys: the values that matter
//! are finitely many (see [`super::candidates`]). Conditions on different keys are independent, so each key's values are
//! first held to the Allow; then for each Deny one of its conditions has to fail. Whatever is found is confirmed by the
//! reference evaluator before it counts. The search is bounded; if it gives up it says so.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::candidates::{FRESH, KeySearch, Situation, Values, Venue, candidates};
use super::scenario::{Scenario, Standing};
use super::telling::TELLING_ACTIONS;
use super::tokens::{fill_variables, spelled, token_list, tokens_of, variables};
use crate::arn::Arn;
use crate::document::{Condition, Effect, Element, Polarity, Policy, PrincipalKind, Statement};
use crate::evaluate::{self, Caller, Request};
use crate::keys::follows_from_caller;
use crate::pattern::language::{Search, find};
use crate::pattern::{self, Case, Token, has_wildcard};

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

/// Actions and resources to try for one statement.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The statement, and the kind of token its first caller has, which decides how a role is assumed.
    of: Option<(usize, Assumes)>,
    actions: Rc<[String]>,
    /// For each action, as asked.
    resources: Vec<(String, Rc<[String]>)>,
}

/// How a caller assumes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assumes {
    Credentials,
    WebIdentity,
    Saml,
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
        let has_variables = statement
            .resource
            .iter()
            .flat_map(|element| &element.patterns)
            .any(|pattern| pattern.text.contains("${"));
        let (resources, are_all_resources) = self.all_resources(statement, None, "");
        let resources: Rc<[String]> = resources.into();
        let thorough = self.search(
            statement,
            scenario,
            &settings,
            &actions,
            |searcher, statement, caller, action| {
                if has_variables {
                    searcher.all_resources(statement, Some(caller), action).0.into()
                } else {
                    Rc::clone(&resources)
                }
            },
        );
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

    /// One action for each combination of Deny patterns that the statement's actions fall under.
    fn all_actions(&self, statement: &Statement, only_action: Option<&str>, likely: &[String]) -> (Vec<String>, bool) {
        let (must, must_not) = match (only_action, statement.action.polarity) {
            (Some(only), Polarity::Is) => (vec![pattern::tokens(only)], Vec::new()),
            (_, Polarity::Is) => (token_list(&statement.action), Vec::new()),
            (_, Polarity::Not) => (vec![pattern::tokens("*:*")], token_list(&statement.action)),
        };
        if must.iter().all(|tokens| spelled(tokens).is_some()) {
            return (likely.to_vec(), true);
        }
        let denies = self.policy.statements.iter().filter(|deny| deny.effect == Effect::Deny);
        let mut tracked: Vec<Vec<Token>> = denies.flat_map(|deny| token_list(&deny.action)).collect();
        tracked.sort_unstable();
        tracked.dedup();
        pattern::language::partition(
            &[must, vec![pattern::tokens("?*:?*")]],
            &must_not,
            &tracked,
            Case::Insensitive,
            &self.search.automaton_work,
        )
    }

    /// One resource for each combination of Deny patterns that the statement's resources fall under.
    fn all_resources(&self, statement: &Statement, caller: Option<&Caller>, action: &str) -> (Vec<String>, bool) {
        let Some(element) = &statement.resource else {
            return (vec![self.resource.unwrap_or("*").to_owned()], true);
        };
        let version = self.policy.version;
        let probe = Request::new(caller.cloned().unwrap_or(Caller::Anonymous), action, "");
        let read = |element: &Element| -> Vec<Vec<Token>> {
            element
                .patterns
                .iter()
                .filter_map(|pattern| tokens_of(&pattern.text, version, &probe))
                .collect()
        };
        let (mut must, must_not) = match element.polarity {
            Polarity::Is => (vec![read(element)], Vec::new()),
            Polarity::Not => (vec![vec![pattern::tokens("*")]], read(element)),
        };
        must.extend(self.own_resources());
        let denies = self.policy.statements.iter().filter(|deny| deny.effect == Effect::Deny);
        let mut tracked: Vec<Vec<Token>> = denies
            .filter_map(|deny| deny.resource.as_ref())
            .flat_map(read)
            .collect();
        tracked.sort_unstable();
        tracked.dedup();
        pattern::language::partition(&must, &must_not, &tracked, Case::Sensitive, &self.search.automaton_work)
    }

    /// The resource the policy is attached to and what is inside it, as patterns. Policies of other services name things beside
    /// the one they are attached to (a catalogue's databases, the rules of an event bus, the topics of a cluster): `None`.
    fn own_resources(&self) -> Option<Vec<Vec<Token>>> {
        const SELF_CONTAINED: [&str; 8] = ["s3", "sns", "sqs", "kms", "lambda", "iam", "secretsmanager", "dynamodb"];
        let resource = self.resource?;
        Arn::read(resource).filter(|arn| SELF_CONTAINED.contains(&arn.service))?;
        Some(
            ["", "/*", ":*"]
                .map(|suffix| pattern::tokens(&format!("{resource}{suffix}")))
                .into(),
        )
    }

    fn search(
        &self,
        statement: &Statement,
        scenario: &Scenario,
        settings: &[Setting<'_>],
        actions: &[String],
        resources: impl Fn(&Self, &Statement, &Caller, &str) -> Rc<[String]>,
    ) -> Answer {
        let mut answer = Answer::Excluded;
        for setting in settings {
            for action in actions {
                for resource in resources(self, statement, &setting.base.caller, action).iter() {
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
                key.values = vec![derived.map(|values| values.into_iter().map(std::borrow::Cow::into_owned).collect())];
            } else {
                let read = |condition: &&'s Condition| evaluate::read_for(condition, self.policy.version, &base);
                let conditions: Vec<_> = key.conditions.iter().map(read).collect();
                let situation = Situation {
                    scenario,
                    caller,
                    venue,
                    conditions: &conditions.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
                    stranger_accounts: &self.stranger_accounts,
                    organisations: &self.organisations,
                    own_account: self.own_account,
                    search: &self.search,
                };
                key.values = candidates(key.name, &situation);
                self.charge(key.values.len());
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

    /// Concrete actions that the statement lists and that show most: well-known ones first, else one that no Deny
    /// lists, else any.
    fn actions(&self, statement: &Statement, only_action: Option<&str>, scenario: &Scenario) -> Vec<String> {
        let is_listed = |action: &str| {
            evaluate::action_matches(&statement.action, action)
                && only_action.is_none_or(|only| pattern::matches(only, action, Case::Insensitive))
        };
        let fits_caller = |action: &str| match scenario.callers.first() {
            Some(Caller::Federated { provider }) => {
                action != "sts:AssumeRole"
                    && (action != "sts:AssumeRoleWithSAML" || provider.contains(":saml-provider/"))
                    && (action != "sts:AssumeRoleWithWebIdentity" || !provider.contains(":saml-provider/"))
            }
            _ => action != "sts:AssumeRoleWithWebIdentity" && action != "sts:AssumeRoleWithSAML",
        };
        let mut found: Vec<String> = TELLING_ACTIONS
            .iter()
            .filter(|action| is_listed(action) && fits_caller(action))
            .map(|action| (*action).to_owned())
            .collect();
        found.truncate(4);
        let written = statement
            .action
            .patterns
            .iter()
            .map(|pattern| pattern.text.as_str())
            .filter(|text| !has_wildcard(text));
        for action in written.filter(|action| is_listed(action)) {
            if !found.iter().any(|known| known == action) {
                found.push(action.to_owned());
            }
        }
        // The thorough search, if it comes to that, tells all actions apart; here one at hand is enough.
        if !found.is_empty() {
            return found;
        }
        let patterns = |polarity: Polarity| -> Vec<Vec<Token>> {
            if statement.action.polarity == polarity {
                statement
                    .action
                    .patterns
                    .iter()
                    .map(|pattern| pattern::tokens(&pattern.text))
                    .collect()
            } else {
                Vec::new()
            }
        };
        let must = match (only_action, statement.action.polarity) {
            (Some(only), _) => vec![pattern::tokens(only)],
            (None, Polarity::Is) => patterns(Polarity::Is),
            (None, Polarity::Not) => vec![pattern::tokens("*:*")],
        };
        let excluded = patterns(Polarity::Not);
        let mut denied = excluded.clone();
        let mut conditional = excluded.clone();
        for deny in self
            .policy
            .statements
            .iter()
            .filter(|deny| deny.effect == Effect::Deny && deny.action.polarity == Polarity::Is)
        {
            let listed = deny
                .action
                .patterns
                .iter()
                .map(|pattern| pattern::tokens(&pattern.text));
            if deny.conditions.is_empty() {
                conditional.extend(listed.clone());
            }
            denied.extend(listed);
        }
        for forbidden in [&denied, &conditional] {
            if let Search::Found(action) = find(
                &[must.clone(), vec![pattern::tokens("?*:?*")]],
                forbidden,
                Case::Insensitive,
                &self.search.automaton_work,
            ) && !found.contains(&action)
            {
                found.push(action);
            }
        }
        // What a Deny with NotAction leaves.
        for deny in self
            .policy
            .statements
            .iter()
            .filter(|deny| deny.effect == Effect::Deny && deny.action.polarity == Polarity::Not)
        {
            let spared: Vec<Vec<Token>> = deny
                .action
                .patterns
                .iter()
                .map(|pattern| pattern::tokens(&pattern.text))
                .collect();
            if let Search::Found(action) = find(
                &[must.clone(), spared],
                &excluded,
                Case::Insensitive,
                &self.search.automaton_work,
            ) && !found.contains(&action)
            {
                found.push(action);
            }
        }
        found
    }

    /// Concrete resources: the one the policy is attached to, things inside it, or instances of the patterns.
    fn resources(&self, statement: &Statement, caller: &Caller, action: &str) -> Vec<String> {
        let Some(element) = &statement.resource else {
            return vec![self.resource.unwrap_or("*").to_owned()];
        };
        let probe = Request::new(caller.clone(), action, "");
        let version = self.policy.version;
        let mut found = Vec::new();
        if let Some(resource) = self.resource {
            let inside = if resource.contains(":::") {
                format!("{resource}/{FRESH}")
            } else {
                resource.to_owned()
            };
            let object_first = Arn::read(resource).is_some_and(|arn| arn.service == "s3") && action.contains("Object");
            found = if object_first {
                vec![inside, resource.to_owned()]
            } else {
                vec![resource.to_owned(), inside]
            };
            found.dedup();
        }
        if element.polarity == Polarity::Is {
            let is_own = |text: &String| {
                self.resource
                    .is_none_or(|own| text.strip_prefix(own).is_some_and(|rest| rest.starts_with(['/', ':'])))
            };
            let plain = element
                .patterns
                .iter()
                .filter(|pattern| !pattern.text.contains("${") && pattern.text.starts_with("arn:"));
            found.extend(
                plain
                    .map(|pattern| pattern.text.replace('*', FRESH).replace('?', "x"))
                    .filter(is_own),
            );
        }
        found.retain(|resource| {
            evaluate::resource_matches(
                element,
                version,
                &Request {
                    resource: resource.clone(),
                    ..probe.clone()
                },
            )
        });
        // The thorough search, if it comes to that, tells all resources apart; here those at hand are enough.
        if !found.is_empty() {
            return found;
        }
        let own = self.own_resources().unwrap_or_default();
        let listed: Vec<Vec<Token>> = element
            .patterns
            .iter()
            .filter_map(|pattern| tokens_of(&pattern.text, version, &probe))
            .collect();
        let mut denied: Vec<Vec<Token>> = Vec::new();
        for deny in self.policy.statements.iter().filter(|deny| deny.effect == Effect::Deny) {
            if let Some(resource) = deny
                .resource
                .as_ref()
                .filter(|resource| resource.polarity == Polarity::Is && evaluate::action_matches(&deny.action, action))
            {
                denied.extend(
                    resource
                        .patterns
                        .iter()
                        .filter_map(|pattern| tokens_of(&pattern.text, version, &probe)),
                );
            }
        }
        let (mut must, mut must_not) = match element.polarity {
            Polarity::Is => (vec![listed], Vec::new()),
            Polarity::Not => (vec![vec![pattern::tokens("*")]], listed),
        };
        if !own.is_empty() {
            must.push(own);
        }
        let allowed = must_not.clone();
        must_not.extend(denied);
        for forbidden in [&must_not, &allowed] {
            if let Search::Found(resource) = find(&must, forbidden, Case::Sensitive, &self.search.automaton_work)
                && !found.contains(&resource)
            {
                found.push(resource);
            }
        }
        found
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

    /// [`Self::actions`], shared between the principals of a statement.
    fn likely_actions(&self, statement: &Statement, only_action: Option<&str>, scenario: &Scenario) -> Rc<[String]> {
        if only_action.is_some() {
            return self.actions(statement, only_action, scenario).into();
        }
        let token = match scenario.callers.first() {
            Some(Caller::Federated { provider }) if provider.contains(":saml-provider/") => Assumes::Saml,
            Some(Caller::Federated { .. }) => Assumes::WebIdentity,
            _ => Assumes::Credentials,
        };
        let key = Some((statement.index, token));
        if self.prepared.borrow().of != key {
            let actions = self.actions(statement, None, scenario).into();
            *self.prepared.borrow_mut() = Prepared {
                of: key,
                actions,
                resources: Vec::new(),
            };
        }
        Rc::clone(&self.prepared.borrow().actions)
    }

    /// [`Self::resources`], shared between the principals of a statement where they do not depend on who asks.
    fn likely_resources(&self, statement: &Statement, caller: &Caller, action: &str) -> Rc<[String]> {
        let is_prepared = self
            .prepared
            .borrow()
            .of
            .is_some_and(|(index, _)| index == statement.index);
        let mut patterns = statement.resource.iter().flat_map(|element| &element.patterns);
        if !is_prepared || patterns.any(|pattern| pattern.text.contains("${")) {
            return self.resources(statement, caller, action).into();
        }
        let known = |prepared: &Prepared| {
            let mut known = prepared.resources.iter();
            known
                .find(|(of, _)| of == action)
                .map(|(_, resources)| Rc::clone(resources))
        };
        if let Some(resources) = known(&self.prepared.borrow()) {
            return resources;
        }
        let resources: Rc<[String]> = self.resources(statement, caller, action).into();
        let entry = (action.to_owned(), Rc::clone(&resources));
        self.prepared.borrow_mut().resources.push(entry);
        resources
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
