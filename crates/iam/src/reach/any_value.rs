//! Variables of resources that the request is free to fill. The search tries few values for them; where none of these lets anybody in, it is
//! asked again with the variables taken as wildcards. Nobody then is nobody at all; somebody asks for a resource that says what the
//! variables must have been.

use std::cell::RefCell;
use std::rc::Rc;

use super::asked::Needs;
use super::known::{Known, known};
use super::opening::{Opening, Ways};
use super::scenario::Scenario;
use super::solve::{Answer, Searcher};
use super::tokens::may_have;
use crate::document::{Effect, Element, Polarity, Policy, Statement, Version};
use crate::evaluate::{self, Part, Request, parts};
use crate::keys::follows_from_caller;
use crate::pattern::{self, Case, Token};

/// The policies in which variables are wildcards if they are free and whoever asks may have them, by what those who ask have.
pub(super) struct Widened {
    policies: Vec<(Needs, Policy)>,
}

/// The searches for those policies.
pub(super) struct AnyValue<'w> {
    searchers: Vec<(Needs, Searcher<'w>)>,
    /// The Allows, by what those who ask have and their position.
    openings: Known<(Needs, usize), Option<Rc<Opening<'w>>>>,
}

impl Widened {
    pub(super) fn of(policy: &Policy) -> Self {
        if !resources(policy).any(|text| evaluate::has_variable(text, policy.version)) {
            return Self { policies: Vec::new() };
        }
        let all = [Needs::Nothing, Needs::Identity, Needs::Account];
        let widened = |had| Some((had, widened(policy, &|key| Needs::of(key) <= had)?));
        Self {
            policies: all.into_iter().filter_map(widened).collect(),
        }
    }

    pub(super) fn searched<'w>(&'w self, search: impl Fn(&'w Policy) -> Searcher<'w>) -> AnyValue<'w> {
        let searchers = self.policies.iter().map(|(had, policy)| (*had, search(policy)));
        AnyValue {
            searchers: searchers.collect(),
            openings: RefCell::default(),
        }
    }
}

impl<'w> AnyValue<'w> {
    /// [`Searcher::solve`], not held to the values that it tries for free variables.
    pub(super) fn solve<'p: 'w>(
        &self,
        searcher: &Searcher<'p>,
        opening: &Opening<'p>,
        ways: &Ways<'_, 'p>,
        only_action: Option<&str>,
    ) -> Answer {
        let answer = searcher.solve(opening, ways, only_action);
        if answer != Answer::Excluded {
            return answer;
        }
        let scenario: &Scenario<'w> = ways.scenario;
        let had = scenario.callers.plain().map(Needs::met_by).max();
        let Some((had, wide)) = self.searchers.iter().find(|(of, _)| Some(*of) == had) else {
            return answer;
        };
        let wanted = (*had, opening.statement.index);
        let work_out = || {
            let mut allows = wide.policy.allows();
            let same = allows.find(|other| other.index == opening.statement.index);
            let opening = same.map(|same| Rc::new(Opening::new(same, &wide.denials, wide.policy)));
            (wanted, opening)
        };
        let Some(wide_opening) = known(&self.openings, |known| *known == wanted, work_out) else {
            return answer;
        };
        match wide.solve(&wide_opening, &Ways::of(scenario), only_action) {
            Answer::Allowed(request) => filled(searcher, opening.statement, &request),
            other => other,
        }
    }
}

/// The policy that allows whatever this one allows for some values of free variables: in what an Allow is about and in what a Deny
/// spares they are wildcards, and what an Allow leaves out for their sake it does not. In what a Deny is about they stay, without a
/// value, and match nothing. `None` where there are none.
fn widened(policy: &Policy, may_have: &dyn Fn(&str) -> bool) -> Option<Policy> {
    let is_free = |part: &Part<'_>| free_key(part).is_some_and(may_have);
    let has_free = |text: &str| evaluate::has_variable(text, policy.version) && parts(text).any(|part| is_free(&part));
    let widen = |text: &str| evaluate::replaced(text, |part| is_free(part).then_some("*"));
    if !resources(policy).any(has_free) {
        return None;
    }
    let mut wide = policy.clone();
    let mut differs = false;
    for statement in &mut wide.statements {
        let Some(Element { polarity, patterns, .. }) = &mut statement.resource else {
            continue;
        };
        if !patterns.iter().any(|pattern| has_free(&pattern.text)) {
            continue;
        }
        match (statement.effect, polarity) {
            (Effect::Allow, Polarity::Is) | (Effect::Deny, Polarity::Not) => {
                for pattern in patterns {
                    pattern.text = widen(&pattern.text);
                }
            }
            (Effect::Allow, Polarity::Not) => patterns.retain(|pattern| !has_free(&pattern.text)),
            (Effect::Deny, Polarity::Is) => continue,
        }
        differs = true;
    }
    differs.then_some(wide)
}

/// The texts of resources in it.
fn resources(policy: &Policy) -> impl Iterator<Item = &str> {
    let elements = policy
        .statements
        .iter()
        .filter_map(|statement| statement.resource.as_ref());
    elements
        .flat_map(|element| &element.patterns)
        .map(|pattern| pattern.text.as_str())
}

/// The key of a variable that does not follow from who asks and for what.
fn free_key<'t>(part: &Part<'t>) -> Option<&'t str> {
    let is_free = |key: &&str| !follows_from_caller(key) && !key.eq_ignore_ascii_case("aws:ResourceOrgID");
    part.key().filter(is_free)
}

/// The request with the values that its resource gives to free variables, if the policy as written allows that.
fn filled(searcher: &Searcher<'_>, statement: &Statement, request: &Request) -> Answer {
    let policy = searcher.policy;
    let mut found = None;
    let mut is_allowed = |filled: &Request| {
        let is_allowed = evaluate::lets_in(statement, policy, filled);
        if is_allowed {
            found = Some(Box::new(filled.clone()));
        }
        is_allowed
    };
    let mut steps = MOST_STEPS;
    let mut patterns = statement.resource.iter().flat_map(|element| &element.patterns);
    patterns.any(|pattern| is_filled(&pattern.text, request, &mut steps, &mut is_allowed));
    found.map_or(Answer::Unknown, Answer::Allowed)
}

/// How many steps the search for the ends of free variables in resources may have.
const MOST_STEPS: u64 = 10_000_000;
/// What it costs to go on with a value, in steps.
const COST_OF_VALUE: u64 = 256;

/// Whether some way to give the free variables of a pattern values so that it matches the resource of the request is what is `wanted`.
/// What it costs is taken from `steps`: about the characters that are compared.
pub(crate) fn is_filled(
    pattern: &str,
    request: &Request,
    steps: &mut u64,
    wanted: &mut dyn FnMut(&Request) -> bool,
) -> bool {
    let parts: Vec<Part<'_>> = parts(pattern).collect();
    fill(&parts, &request.resource, request, steps, wanted)
}

/// Whether some way to give the free variables of `parts` values so that they match `rest` is what is `wanted`.
fn fill(
    parts: &[Part<'_>],
    rest: &str,
    request: &Request,
    steps: &mut u64,
    wanted: &mut dyn FnMut(&Request) -> bool,
) -> bool {
    let place = parts.iter().position(|part| free_key(part).is_some());
    let head: String = parts[..place.unwrap_or(parts.len())]
        .iter()
        .map(Part::written)
        .collect();
    let Some(head) = evaluate::tokens(&head, Version::V2012, request) else {
        return false;
    };
    let is_open = head.contains(&Token::Run);
    let mut is_matched = |text: &str| {
        // A pattern with wildcards may be laid to each place of the text.
        let places = if is_open { head.len().div_ceil(8) } else { 1 };
        let cost = places * text.len();
        let is_affordable = spend(steps, 1 + cost as u64);
        is_affordable && pattern::tokens_match(&head, text, Case::Sensitive)
    };
    let Some((place, key)) = place.and_then(|place| Some((place, free_key(&parts[place])?))) else {
        return is_matched(rest) && wanted(request);
    };
    let known = request.values(key).map(|values| values.join("|"));
    if known.is_none() && !may_have(&request.caller, key) {
        return false;
    }
    let ends = |from: usize| (from..=rest.len()).filter(|at| rest.is_char_boundary(*at));
    let starts: Vec<usize> = ends(0).filter(|at| is_matched(&rest[..*at])).collect();
    for start in starts {
        for end in ends(start + 1) {
            if !spend(steps, 1) {
                return false;
            }
            let value = &rest[start..end];
            if known.as_ref().is_some_and(|known| known != value) {
                continue;
            }
            if !spend(steps, COST_OF_VALUE) {
                return false;
            }
            let filled = request.clone().with(key, value);
            if fill(&parts[place + 1..], &rest[end..], &filled, steps, wanted) {
                return true;
            }
        }
    }
    false
}

/// Takes what something costs; `false` if that is more than is left.
fn spend(steps: &mut u64, cost: u64) -> bool {
    let is_affordable = cost <= *steps;
    *steps = steps.saturating_sub(cost);
    is_affordable
}
