//! Is there a request of a class of requesters that one Allow statement lets in and no Deny keeps out? If so, which?
//!
//! The search goes over callers, actions, resources and venues, and then over the condition keys: the values that matter
//! are finitely many (see [`super::candidates`]). Conditions on different keys are independent, so each key's values are
//! first held to the Allow ([`super::setting`]); then for each Deny one of its conditions has to fail ([`super::evade`]). Whatever is
//! found is confirmed by the reference evaluator before it counts. The search is bounded; if it gives up it says so.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::callers::Principals;
use super::candidates::{FRESH, Venue, instances};
use super::evade::Past;
use super::key_search::KeySearch;
use super::known::{Known, Table};
use super::opening::{Assumes, Denial, Denials, Filling, Opening, Settings, Ways};
use super::scenario::{Scenario, Standing};
use super::setting::{Meaning, Setting};
use super::strangers::Strangers;
use super::tokens::may_have;
use crate::arn::Arn;
use crate::bits::Bits;
use crate::bound::{are_callers_told, compared};
use crate::directory::AccountDirectory;
use crate::document::{Condition, Element, Polarity, Policy, Statement, Text};
use crate::evaluate::{self, Caller, Request};
use crate::pattern::{self, Case};

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

/// How many organisations that a policy names may be that of the resource.
const MOST_ORGANISATIONS: usize = 8;
/// The organisation of the resource, where nobody told it.
pub(super) const UNNAMED_ORGANISATION: &str = "o-ours0000000";

/// What is asked about actions: of an Allow, with one pattern that they are to match, and of those who assume roles so.
type LikelyActions<'p> = (Polarity, Vec<&'p str>, Option<String>, Assumes);

/// What stays the same for a whole policy.
pub(super) struct Searcher<'p> {
    pub(super) policy: &'p Policy,
    pub(super) resource: Option<&'p str>,
    /// The parts of its ARN.
    pub(super) arn: Option<Arn<'p>>,
    /// Something inside it, where it holds others.
    pub(super) inside: Option<String>,
    pub(super) own_account: Option<&'p str>,
    /// That of the resource: others have no callers for it.
    pub(super) partition: &'p str,
    /// In seconds since 1970.
    pub(super) earliest_request: Option<i64>,
    pub(super) strangers: Strangers,
    /// Principals of their accounts, by the patterns of ARNs that tell them apart.
    pub(super) strangers_under: Known<Rc<[Cow<'p, str>]>, Rc<Principals<'p>>>,
    pub(super) organisations: Vec<String>,
    /// Where a condition or variable asks for the organisation of the resource: what it may be. One of ours, or where we know none any that
    /// the policy names and one besides.
    resource_organisations: Vec<String>,
    /// What every witness may say about where it comes from.
    circumstances: Circumstances,
    pub(super) denials: Denials<'p>,
    /// Whether a text of it has a variable.
    pub(super) has_variables: bool,
    /// Whether what stands in the place of callers' variables tells all callers apart.
    are_callers_told: bool,
    /// Whether a Deny names actions or resources, so that some may be left.
    has_narrow_denies: bool,
    /// Actions to try, by those of the Allow, the one pattern that they are to match and how the caller assumes a role.
    pub(super) likely_actions: Table<LikelyActions<'p>, Rc<[String]>>,
    /// Who asks where it does not matter.
    pub(super) anybody: Request,
    checks: Cell<u64>,
    pub(super) search: KeySearch,
}

/// Keys that complete a witness because no statement asks for them; the others are chosen, absence included.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    transport: bool,
    address: bool,
    vpc: bool,
}

impl Circumstances {
    fn not_asked_by(policy: &Policy) -> Self {
        let is_free = |key: &str| {
            let mut conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
            !conditions.any(|condition| condition.key.eq_ignore_ascii_case(key))
        };
        Self {
            transport: is_free("aws:SecureTransport"),
            address: is_free("aws:SourceIp"),
            vpc: is_free("aws:SourceVpc"),
        }
    }
}

impl<'p> Searcher<'p> {
    /// For the policy of a resource; `directory` looks from the account that owns it.
    pub(super) fn new(
        policy: &'p Policy,
        directory: &'p AccountDirectory,
        resource: Option<&'p str>,
        strangers: Strangers,
    ) -> Self {
        let denials = Denials::of(policy);
        let is_narrow = |element: &Element| {
            element.polarity == Polarity::Not || element.patterns.iter().all(|pattern| pattern.text != "*")
        };
        let organisations: Vec<String> = directory.organisations().map(str::to_owned).collect();
        let resource_organisations = resource_organisations(policy, &organisations);
        let arn = resource.and_then(Arn::read);
        let has_variables = has_variables(policy);
        let are_told = || {
            let statements = policy.statements.iter();
            are_callers_told(&compared(statements.map(|statement| (statement, policy.version))))
        };
        Self {
            policy,
            resource,
            arn,
            inside: resource
                .filter(|resource| resource.contains(":::"))
                .map(|resource| [resource, "/", FRESH].concat()),
            own_account: directory.own(),
            partition: arn.map_or("aws", |arn| arn.partition),
            earliest_request: directory.earliest_request(),
            strangers,
            strangers_under: RefCell::default(),
            // Accounts of ours are of the same.
            organisations: if organisations.is_empty() {
                resource_organisations.clone()
            } else {
                organisations
            },
            resource_organisations,
            circumstances: Circumstances::not_asked_by(policy),
            has_variables,
            are_callers_told: !has_variables || are_told(),
            has_narrow_denies: policy.denies().any(|deny| is_narrow(&deny.action))
                || denials.resources().any(is_narrow),
            denials,
            likely_actions: RefCell::default(),
            anybody: Request::new(Caller::Anonymous, "", ""),
            checks: Cell::new(0),
            search: KeySearch::default(),
        }
    }

    /// Looks for a request of the scenario that the Allow lets in through `only_action` (one of its patterns; `None`: any).
    pub(super) fn solve(&self, opening: &Opening<'p>, ways: &Ways<'_, 'p>, only_action: Option<&str>) -> Answer {
        if self.is_spent() {
            return Answer::Unknown;
        }
        let may_be_missed = || !self.are_callers_told && ways.scenario.callers.have_accounts();
        match self.solve_within_effort(opening, ways, only_action) {
            Answer::Excluded if self.is_spent() || may_be_missed() => Answer::Unknown,
            answer => answer,
        }
    }

    fn solve_within_effort(&self, opening: &Opening<'p>, ways: &Ways<'_, 'p>, only_action: Option<&str>) -> Answer {
        let ask = |settings: &Settings, callers: &mut dyn Iterator<Item = &Caller>, meaning| {
            self.solve_for(opening, (ways.scenario, settings), (callers, meaning), only_action)
        };
        let callers = &ways.scenario.callers;
        let plain = ask(&ways.plain, &mut callers.plain(), Meaning::Itself);
        let Some(principals) = callers.with_more() else {
            return plain;
        };
        if matches!(plain, Answer::Allowed(_)) {
            return plain;
        }
        // Others of the accounts. Names are the dearest to tell apart: could anybody at all get in, whatever their name?
        let stand_ins = principals.one_of_each_account();
        if !opening.has_variable
            && principals.are_all_accounts
            && ask(&ways.stand_ins, &mut stand_ins.iter(), Meaning::AnyOfTheAccount) == Answer::Excluded
        {
            return plain;
        }
        let others = principals.told_apart(self);
        match ask(&ways.others, &mut others.found.iter(), Meaning::Itself) {
            Answer::Excluded if plain == Answer::Unknown || !others.are_all => Answer::Unknown,
            answer => answer,
        }
    }

    fn solve_for(
        &self,
        opening: &Opening<'p>,
        (scenario, known): (&Scenario<'p>, &Settings),
        (callers, meaning): (&mut dyn Iterator<Item = &Caller>, Meaning),
        only_action: Option<&str>,
    ) -> Answer {
        let mut actions = None;
        let mut settings = Vec::new();
        let mut is_unknown = false;
        let mut place = 0;
        let fillings = opening.fillings.get_or_init(|| self.all_fillings(opening.statement));
        for caller in callers {
            let venues = [Venue::Internet, Venue::VpcEndpoint];
            for (venue, filling) in venues
                .iter()
                .flat_map(|venue| fillings.iter().map(move |filling| (*venue, filling)))
            {
                if venue == Venue::VpcEndpoint && matches!(caller, Caller::Service { .. }) {
                    continue;
                }
                // The Allow's own conditions, before anything else: most scenarios fail here. Where they do not ask where a request comes
                // from, what fails from the internet fails from elsewhere.
                let is_known_to_fail = venue == Venue::VpcEndpoint && !opening.asks_for_venue && {
                    let before = place - fillings.len();
                    known.borrow().get(before).is_some_and(Option::is_none)
                };
                let work_out = || {
                    let at_hand = (!is_known_to_fail).then_some((caller, meaning));
                    at_hand.and_then(|asking| self.setting(opening, scenario, asking, (venue, filling)))
                };
                let setting = setting_at(known, place, work_out);
                place += 1;
                let Some(setting) = setting else {
                    is_unknown |= self.is_spent();
                    continue;
                };
                let (_, past) = self.past_covering(opening, (scenario, &setting), &setting.request.borrow());
                if matches!(past, Past::Closed) {
                    continue;
                }
                let actions = actions.get_or_insert_with(|| self.likely_actions(opening, only_action, scenario));
                let setting = std::slice::from_ref(&setting);
                match self.search(opening, scenario, setting, actions, |base, action| {
                    self.likely_resources(opening, base, action)
                }) {
                    Answer::Excluded => {}
                    Answer::Unknown => is_unknown = true,
                    found @ Answer::Allowed(_) => return found,
                }
                settings.extend_from_slice(setting);
            }
        }
        if is_unknown {
            return Answer::Unknown;
        }
        match actions.filter(|_| self.has_narrow_denies) {
            Some(actions) => self.search_all(opening, scenario, &settings, (only_action, &actions)),
            None => Answer::Excluded,
        }
    }

    /// Denies of some actions or resources: tell all combinations apart.
    fn search_all(
        &self,
        opening: &Opening<'p>,
        scenario: &Scenario<'p>,
        settings: &[Rc<Setting>],
        (only_action, likely): (Option<&str>, &Rc<[String]>),
    ) -> Answer {
        let (actions, are_all_actions) = self.every_action(opening, only_action, likely);
        let are_all_resources = Cell::new(true);
        let answer = self.search(opening, scenario, settings, &actions, |base, action| {
            let (resources, are_all) = self.every_resource(opening, base, action);
            are_all_resources.set(are_all_resources.get() && are_all);
            resources
        });
        let are_all = are_all_actions && are_all_resources.get();
        if answer == Answer::Excluded && !are_all {
            Answer::Unknown
        } else {
            answer
        }
    }

    /// Whether the policy has had its share of work.
    pub(super) fn is_spent(&self) -> bool {
        self.checks.get() > CHECK_BUDGET || self.search.is_spent()
    }

    pub(super) fn charge(&self, work: usize) {
        self.checks.set(self.checks.get() + work as u64);
    }

    fn search(
        &self,
        opening: &Opening<'p>,
        scenario: &Scenario<'p>,
        settings: &[Rc<Setting>],
        actions: &[String],
        resources: impl Fn(&Request, &str) -> Rc<[String]>,
    ) -> Answer {
        let mut answer = Answer::Excluded;
        for setting in settings {
            let is_refused = |action: &&String| evaluate::is_never_allowed(&setting.request.borrow().caller, action);
            for action in actions.iter().filter(|action| !is_refused(action)) {
                let mut denied_by = setting.denied_by.clone();
                denied_by.keep(&self.denials.of_action(action));
                let resources = resources(&setting.request.borrow(), action);
                for resource in resources.iter() {
                    if self.is_spent() {
                        return Answer::Unknown;
                    }
                    match self.circumstances(opening, (scenario, setting), (action, resource), &denied_by) {
                        Answer::Excluded => {}
                        Answer::Unknown => answer = Answer::Unknown,
                        found @ Answer::Allowed(_) => return found,
                    }
                }
            }
        }
        answer
    }

    /// Each value for variables of resources with each organisation that the resource may be of.
    fn all_fillings(&self, statement: &Statement) -> Vec<Filling> {
        let values = self.fillings(statement).into_iter();
        let filling = |value: &Cow<'static, str>, organisation: Option<&String>| Filling {
            value: value.clone(),
            resource_organisation: organisation.cloned(),
        };
        if self.resource_organisations.is_empty() {
            return values.map(|value| filling(&value, None)).collect();
        }
        let of_each = |value| {
            let organisations = self.resource_organisations.iter();
            organisations.map(move |organisation| filling(&value, Some(organisation)))
        };
        values.flat_map(of_each).collect()
    }

    /// Values for variables that only the Allow's resources use: one that nobody names, and those that Denies have in their place.
    fn fillings(&self, statement: &Statement) -> Vec<Cow<'static, str>> {
        let mut found = vec![Cow::Borrowed(FRESH)];
        let heads = statement.resource.iter().flat_map(|element| &element.patterns);
        for head in heads.filter_map(|pattern| Some(pattern.text.split_once("${")?.0)) {
            let places = self
                .denials
                .resources()
                .flat_map(|element| &element.patterns)
                .filter_map(|pattern| pattern.text.strip_prefix(head)?.split(['/', ':']).next())
                .filter(|place| !place.is_empty() && *place != "*" && !place.contains("${"));
            found.extend(places.map(|place| Cow::Owned(place.replace(['*', '?'], "x"))));
        }
        found.dedup();
        found.truncate(MOST_FILLINGS);
        found
    }

    /// Looks for values of the condition keys that evade those of the Denies about the caller and the action that are about the resource.
    fn circumstances(
        &self,
        opening: &Opening<'p>,
        (scenario, setting): (&Scenario<'p>, &Setting),
        (action, resource): (&str, &str),
        denied_by: &Bits,
    ) -> Answer {
        self.charge(self.denials.all.len());
        let mut request = setting.request.borrow_mut();
        action.clone_into(&mut request.action);
        resource.clone_into(&mut request.resource);
        let mut denied_by = denied_by.clone();
        denied_by.keep(&self.denials.of_resource(&request, setting.meaning));
        // Other actions and resources fall under the same Denies.
        if setting.kept_out.borrow().contains(&denied_by) {
            return Answer::Excluded;
        }
        let denials: Vec<&Denial<'p>> = denied_by.iter().map(|position| &self.denials.all[position]).collect();
        let (covering, past_covering) = self.past_covering(opening, (scenario, setting), &request);
        let past;
        let past = if *covering == denied_by {
            past_covering
        } else {
            past = self.past(opening, (scenario, setting), &denials, &request);
            &past
        };
        let chosen = match past {
            Past::Open(chosen) => chosen,
            Past::Unsure => return Answer::Unknown,
            Past::Closed => {
                setting.kept_out.borrow_mut().push(denied_by);
                return Answer::Excluded;
            }
        };
        let mut request = request.clone();
        for (position, (key, left)) in opening.keys.iter().zip(chosen).enumerate() {
            let asks = |denial: &&Denial<'p>| {
                let mut conditions = denial.conditions.iter();
                conditions.any(|(key, _)| opening.of_denials[*key] == position)
            };
            if position >= opening.own && !denials.iter().any(asks) {
                continue;
            }
            if let Some(values) = setting.first_value(position, left) {
                request.context.set_all(key.name, values.clone());
            }
        }
        self.describe_venue(scenario, setting.venue, &mut request);
        // The Denies that cover the request were evaded; the evaluator says whether what was chosen key by key holds together.
        let is_allowed = |request: &Request| evaluate::lets_in(opening.statement, self.policy, request);
        if !is_allowed(&request) {
            // A variable of one key in the value of another.
            self.fill_conditions(opening, &mut request);
            if !is_allowed(&request) {
                return Answer::Unknown;
            }
        }
        Answer::Allowed(Box::new(request))
    }

    /// Gives the keys that only values of the Allow's conditions speak of what those were filled with.
    fn fill_conditions(&self, opening: &Opening<'p>, request: &mut Request) {
        let values = opening
            .statement
            .conditions
            .iter()
            .flat_map(|condition| &condition.values);
        for value in values.filter(|value| evaluate::has_variable(&value.text, self.policy.version)) {
            for name in evaluate::open_keys(&value.text, self.policy.version, request) {
                if may_have(&request.caller, name) && !opening.keys.iter().any(|key| key.is(name)) {
                    request.context.set(name, FRESH);
                }
            }
        }
    }

    /// Whether a request that is let in would be so as well with an action that the pattern matches: most often it would.
    pub(super) fn allows_through(
        &self,
        opening: &Opening<'p>,
        ways: &Ways<'_, 'p>,
        pattern: &str,
        request: &Request,
    ) -> bool {
        if pattern::matches(pattern, &request.action, Case::Insensitive) {
            return true;
        }
        // Nothing of the Allow but its actions depends on the action, and Denies of both actions do not apply.
        let known = self.denials.of_action(&request.action);
        let is_allowed = |action: &String| {
            if evaluate::is_never_allowed(&request.caller, action) {
                return false;
            }
            let mut others = Bits::clone(&self.denials.of_action(action));
            others.remove(&known);
            let denies = |position: usize| {
                evaluate::denies_with_its_action(self.denials.all[position].statement, self.policy, request)
            };
            !others.iter().any(denies)
        };
        let fits = |action: &&String| pattern::matches(pattern, action, Case::Insensitive);
        let likely = self.likely_actions(opening, None, ways.scenario);
        likely.iter().filter(fits).any(is_allowed)
            || self
                .likely_actions(opening, Some(pattern), ways.scenario)
                .iter()
                .any(is_allowed)
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
        // Also where a statement asks for it that is not about this request: the organisation is what the witness is to prove.
        let of = match &scenario.standing {
            Standing::Member { organisation } => Some(("aws:principalorgid", organisation)),
            Standing::ServiceForMember { organisation } => Some(("aws:sourceorgid", organisation)),
            _ => None,
        };
        if let Some((key, organisation)) = of
            && request.context.get(key).is_none()
        {
            request.context.set(key, organisation.as_str());
        }
    }
}

/// Whether a text of resources or conditions has a variable.
fn has_variables(policy: &Policy) -> bool {
    let has_variable = |text: &Text| evaluate::has_variable(&text.text, policy.version);
    let mut texts = policy.statements.iter().flat_map(Statement::texts_with_variables);
    texts.any(has_variable)
}

/// The setting at a place, as it was worked out before or is now.
fn setting_at(known: &Settings, place: usize, work_out: impl FnOnce() -> Option<Setting>) -> Option<Rc<Setting>> {
    if let Some(setting) = known.borrow().get(place) {
        return setting.clone();
    }
    let setting = work_out().map(Rc::new);
    known.borrow_mut().push(setting.clone());
    setting
}

/// What the organisation of the resource may be, if the policy asks for it.
fn resource_organisations(policy: &Policy, ours: &[String]) -> Vec<String> {
    const KEY: &str = "aws:ResourceOrgID";
    let conditions = || policy.statements.iter().flat_map(|statement| &statement.conditions);
    let asks = |condition: &Condition| {
        let mut values = condition.values.iter();
        condition.key.eq_ignore_ascii_case(KEY) || values.any(|value| evaluate::has_variable_of(&value.text, KEY))
    };
    if !conditions().any(asks) {
        return Vec::new();
    }
    if !ours.is_empty() {
        return ours.to_vec();
    }
    let named = conditions()
        .filter(|condition| condition.key.to_ascii_lowercase().contains("orgid"))
        .flat_map(|condition| &condition.values)
        .filter(|value| value.text.starts_with("o-"))
        .flat_map(|value| instances(&value.text));
    let mut found = vec![UNNAMED_ORGANISATION.to_owned()];
    for id in named {
        if found.len() < MOST_ORGANISATIONS && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}
