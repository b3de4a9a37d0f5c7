//! An example of what an identity may do: a request for an action that every layer of its policies allows, confirmed by the
//! reference evaluator.

mod circumstances;
#[cfg(test)]
pub(crate) mod tests;
mod variables;

use std::cell::Cell;

pub(crate) use self::circumstances::ANY_VALUES;
use self::circumstances::AlwaysPresent;
use self::variables::{Answer, Variables};
use crate::document::{Effect, Polarity, Statement, Version};
use crate::evaluate::{self, NamedPolicy, PolicySet, Request, StatementRef};
use crate::pattern::language::{Search, find as find_text, partition};
use crate::pattern::{self, Case, Token};

/// What things are called in examples, where a policy leaves them that name.
pub(crate) const USUAL_NAME: &str = "witness";

/// Which resources an example may be about.
pub(crate) struct Wanted {
    /// Patterns one of which must match.
    pub(crate) one_of: Vec<Vec<Token>>,
    /// Patterns none of which may.
    pub(crate) none_of: Vec<Vec<Token>>,
    /// Resources such as people know them, to be tried first. They need not match.
    pub(crate) usual: Vec<String>,
    /// Keys that say who asks, where that decides which resources are wanted: a variable of theirs in a resource names one's own.
    pub(crate) of_caller: &'static [&'static str],
}

impl Wanted {
    pub(crate) fn anything() -> Self {
        Self {
            one_of: vec![pattern::tokens("*")],
            none_of: Vec::new(),
            usual: Vec::new(),
            of_caller: &[],
        }
    }

    /// One resource and no other; `*` is that of what has none.
    pub(crate) fn only(resource: &str) -> Self {
        if resource == "*" {
            return Self::anything();
        }
        Self {
            one_of: vec![pattern::tokens(resource)],
            none_of: Vec::new(),
            usual: vec![resource.to_owned()],
            of_caller: &[],
        }
    }
}

/// A request that is allowed, with the statements that allow it.
type Found = (Request, Vec<StatementRef>);

/// What looking for examples may cost: steps of automata, and statements looked at by the evaluator. Hundreds of statements full of
/// wildcards under as many would keep it busy for hours.
pub(crate) struct Effort {
    spent: Cell<u64>,
    limit: u64,
    /// Whether a search gave up before it had seen everything.
    is_in_doubt: Cell<bool>,
}

impl Effort {
    pub(crate) fn of(limit: u64) -> Self {
        Self {
            spent: Cell::new(0),
            limit,
            is_in_doubt: Cell::new(false),
        }
    }

    /// Whether the limit is reached: what was not found then may be there all the same.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.get() >= self.limit
    }

    /// Whether a search since the last [`Effort::settle`] that found nothing had to give up: there may be something all the same.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.is_in_doubt.get()
    }

    /// Forgets what was left open so far.
    pub(crate) fn settle(&self) {
        self.is_in_doubt.set(false);
    }

    /// Where the search finds something, what it left open on the way is of no interest.
    pub(crate) fn look<T>(&self, search: impl FnOnce() -> Option<T>) -> Option<T> {
        let was_in_doubt = self.is_in_doubt.get();
        let found = search();
        if found.is_some() {
            self.is_in_doubt.set(was_in_doubt);
        }
        found
    }

    /// One text of each kind that the tracked patterns tell apart, of those that match one of each list in `must` and none of
    /// `must_not`.
    pub(crate) fn texts(
        &self,
        must: &[Vec<Vec<Token>>],
        must_not: &[Vec<Token>],
        tracked: &[Vec<Token>],
    ) -> Vec<String> {
        let (texts, are_all) = partition(must, must_not, tracked, Case::Sensitive, &self.spent);
        if !are_all {
            self.doubt();
        }
        texts
    }

    fn charge(&self, work: u64) {
        self.spent.set(self.spent.get().saturating_add(work));
    }

    /// Leaves open whether there is something.
    pub(crate) fn doubt(&self) {
        self.is_in_doubt.set(true);
    }
}

/// Looks for a request like `probe`, to a resource of the caller's account, that is allowed. What the probe's context has stays as it is.
/// `None`: there is none, unless the effort [is in doubt](Effort::is_in_doubt) or spent.
pub(crate) fn find(probe: &Request, wanted: &Wanted, policies: &PolicySet<'_>, effort: &Effort) -> Option<Found> {
    let probe = probe.clone().owned_by(probe.caller.account()?);
    let was_in_doubt = effort.is_in_doubt.get();
    ask(&probe, wanted, policies, effort).or_else(|| {
        let variables = Variables::of(policies, &probe, wanted)?;
        let found = variables.find(&probe, wanted, policies, effort);
        // With variables read in the caller's favour the search tells what there is: where it finds nothing, all is said.
        effort.is_in_doubt.set(was_in_doubt || matches!(found, Answer::Unknown));
        match found {
            Answer::Found(found) => Some(found),
            Answer::None | Answer::Unknown => None,
        }
    })
}

/// The same with the variables of the probe only.
fn ask(probe: &Request, wanted: &Wanted, policies: &PolicySet<'_>, effort: &Effort) -> Option<Found> {
    let granting = granting(policies, &probe.action);
    let always = AlwaysPresent::of(policies, &probe.action);
    let confirmed = |resources: Vec<String>, (statement, version): (&Statement, Version)| {
        resources
            .into_iter()
            .take_while(|_| !effort.is_spent())
            .find_map(|resource| {
                let request = Request {
                    resource,
                    ..probe.clone()
                };
                circumstances::allowed(&request, statement, version, (policies, &always), effort)
            })
    };
    // What is at hand first; where that is forbidden, a resource for each combination of all layers' patterns, which leaves nothing out.
    let was_in_doubt = effort.is_in_doubt.get();
    let unless_spent = || granting.iter().take_while(|_| !effort.is_spent());
    let at_hand =
        unless_spent().find_map(|granting| confirmed(resources(*granting, probe, wanted, policies, effort), *granting));
    at_hand.or_else(|| {
        effort.is_in_doubt.set(was_in_doubt);
        unless_spent()
            .find_map(|granting| confirmed(all_resources(*granting, probe, wanted, policies, effort), *granting))
    })
}

/// Statements of the identity that allow the action.
fn granting<'p>(policies: &PolicySet<'p>, action: &str) -> Vec<(&'p Statement, Version)> {
    let of_policy = |named: &NamedPolicy<'p>| {
        let (policy, version) = (named.policy, named.policy.version);
        policy.allows().map(move |statement| (statement, version))
    };
    let allows = policies.identity.iter().flat_map(of_policy);
    allows
        .filter(|(statement, _)| evaluate::action_matches(&statement.action, action))
        .collect()
}

/// The patterns of a resource element, as they read for the caller.
fn patterns_of(statement: &Statement, version: Version, probe: &Request) -> Vec<Vec<Token>> {
    statement
        .resource
        .iter()
        .flat_map(|element| &element.patterns)
        .filter_map(|pattern| evaluate::resource_tokens(&pattern.text, version, probe))
        .collect()
}

/// What the statement asks of a resource that is wanted: lists one of each of which must match, and what must not.
fn limits(
    (statement, version): (&Statement, Version),
    probe: &Request,
    wanted: &Wanted,
) -> (Vec<Vec<Vec<Token>>>, Vec<Vec<Token>>) {
    let listed = patterns_of(statement, version, probe);
    let (mut must, mut must_not) = (vec![wanted.one_of.clone()], wanted.none_of.clone());
    match statement.resource.as_ref().map(|element| element.polarity) {
        Some(Polarity::Is) => must.push(listed),
        Some(Polarity::Not) => must_not.extend(listed),
        None => {}
    }
    (must, must_not)
}

/// What bounds the identity: boundary, session, organisation.
fn bounding<'s, 'p>(policies: &'s PolicySet<'p>) -> impl Iterator<Item = &'s NamedPolicy<'p>> {
    let sessions = policies.session.iter().flatten();
    let organisation = policies.service_control.iter().flatten();
    policies.boundary.iter().chain(sessions).chain(organisation)
}

/// Concrete resources that the statement covers and that are wanted.
fn resources(
    granting: (&Statement, Version),
    probe: &Request,
    wanted: &Wanted,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> Vec<String> {
    let (must, must_not) = limits(granting, probe, wanted);
    // First a resource that no Deny covers, then any.
    let (mut avoided, mut spared) = (must_not.clone(), must.clone());
    let of = |layer: &mut dyn Iterator<Item = &NamedPolicy<'_>>, effect: Effect| -> Vec<(Polarity, Vec<Vec<Token>>)> {
        layer
            .flat_map(|named| named.policy.statements.iter().map(move |statement| (statement, named)))
            .filter(|(other, _)| other.effect == effect && evaluate::action_matches(&other.action, &probe.action))
            .filter_map(|(other, named)| {
                let element = other.resource.as_ref()?;
                let is_everything = element.patterns.iter().any(|pattern| pattern.text == "*");
                (!is_everything).then(|| (element.polarity, patterns_of(other, named.policy.version, probe)))
            })
            .collect()
    };
    for (polarity, listed) in of(&mut policies.identity.iter().chain(bounding(policies)), Effect::Deny) {
        match polarity {
            Polarity::Is => avoided.extend(listed),
            Polarity::Not => spared.push(listed),
        }
    }
    let mut questions = vec![
        (spared, avoided.clone()),
        (must.clone(), avoided),
        (must.clone(), must_not.clone()),
    ];
    // What bounds the identity may allow other resources than the shortest of the statement's.
    for (polarity, listed) in of(&mut bounding(policies), Effect::Allow) {
        let (mut must, mut must_not) = (must.clone(), must_not.clone());
        match polarity {
            Polarity::Is => must.push(listed),
            Polarity::Not => must_not.extend(listed),
        }
        questions.push((must, must_not));
    }
    let mut found: Vec<String> = Vec::new();
    for (must, must_not) in questions {
        if effort.is_spent() {
            break;
        }
        if let Some(resource) = shortest(&must, &must_not, &wanted.usual, effort)
            && !found.contains(&resource)
        {
            found.push(resource);
        }
    }
    found
}

/// A usual resource that the lists leave, else the shortest, by the usual name if they leave that too.
fn shortest(must: &[Vec<Vec<Token>>], must_not: &[Vec<Token>], usual: &[String], effort: &Effort) -> Option<String> {
    let is_left = |text: &str| {
        let is_one_of = |list: &[Vec<Token>]| {
            list.iter()
                .any(|tokens| pattern::tokens_match(tokens, text, Case::Sensitive))
        };
        must.iter().all(|group| is_one_of(group)) && !is_one_of(must_not)
    };
    let patterns = must.iter().map(Vec::len).sum::<usize>() + must_not.len();
    effort.charge((usual.len() * patterns) as u64);
    if let Some(usual) = usual.iter().find(|text| is_left(text)) {
        return Some(usual.clone());
    }
    let find = |must_not: &[Vec<Token>]| match find_text(must, must_not, Case::Sensitive, &effort.spent) {
        Search::Found(text) => Some(text),
        Search::Empty | Search::OutOfBudget => None,
    };
    let text = find(must_not)?;
    let named = match text.rsplit_once('/') {
        None if text.is_empty() => "*".to_owned(),
        Some((path, name)) if name.chars().nth(1).is_none() => format!("{path}/{USUAL_NAME}"),
        _ => return Some(text),
    };
    if is_left(&named) {
        return Some(named);
    }
    if !text.is_empty() && !text.ends_with('/') {
        return Some(text);
    }
    let unnamed = [Vec::new(), pattern::tokens("*/")];
    find(&[must_not, &unnamed].concat()).or((!text.is_empty()).then_some(text))
}

/// One resource for each combination of the patterns that decide, all layers taken together. What is denied or left out whatever the
/// circumstances is no question; the rest may depend on conditions.
fn all_resources(
    granting: (&Statement, Version),
    probe: &Request,
    wanted: &Wanted,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> Vec<String> {
    let (mut must, mut must_not) = limits(granting, probe, wanted);
    must_not.push(pattern::tokens("*/"));
    let mut tracked: Vec<Vec<Token>> = Vec::new();
    // Whatever the statement lists, if all of it can be read for the probe: a variable without value may yet be given one.
    let whole = |statement: &Statement, version: Version| {
        let listed = patterns_of(statement, version, probe);
        let count = statement.resource.as_ref().map_or(0, |element| element.patterns.len());
        (listed.len() == count).then_some(listed)
    };
    let is_about = |statement: &Statement, effect: Effect| {
        statement.effect == effect && evaluate::action_matches(&statement.action, &probe.action)
    };
    let levels: &[Vec<NamedPolicy<'_>>] = if probe.caller.is_service_linked_role() {
        &[]
    } else {
        &policies.service_control
    };
    let layers = || {
        let sessions = policies.session.as_deref();
        let boundary = policies.boundary.as_ref().map(std::slice::from_ref);
        boundary
            .into_iter()
            .chain(sessions)
            .chain(levels.iter().map(Vec::as_slice))
    };
    for named in std::iter::once(policies.identity.as_slice()).chain(layers()).flatten() {
        let version = named.policy.version;
        let statements = named.policy.statements.iter();
        for statement in statements.filter(|statement| is_about(statement, Effect::Deny)) {
            let polarity = statement.resource.as_ref().map(|element| element.polarity);
            match (polarity, whole(statement, version)) {
                (Some(Polarity::Is), Some(listed)) if statement.conditions.is_empty() => must_not.extend(listed),
                (Some(Polarity::Not), Some(listed)) if statement.conditions.is_empty() => must.push(listed),
                _ => tracked.extend(patterns_of(statement, version, probe)),
            }
        }
    }
    // Policies of the organisation for resources do not bind every service.
    for named in policies.resource_control.iter().flatten() {
        let statements = named.policy.statements.iter();
        let denies = statements.filter(|statement| is_about(statement, Effect::Deny));
        tracked.extend(denies.flat_map(|statement| patterns_of(statement, named.policy.version, probe)));
    }
    for layer in layers() {
        let allows = layer.iter().flat_map(|named| {
            let statements = named.policy.statements.iter();
            statements.map(move |statement| (statement, named.policy.version))
        });
        let allows: Vec<(&Statement, Version)> = allows
            .filter(|(statement, _)| is_about(statement, Effect::Allow))
            .collect();
        let lists: Option<Vec<Vec<Vec<Token>>>> = allows
            .iter()
            .map(|(statement, version)| {
                let is_list = statement
                    .resource
                    .as_ref()
                    .is_some_and(|element| element.polarity == Polarity::Is);
                whole(statement, *version).filter(|_| is_list)
            })
            .collect();
        let is_conditional = allows.iter().any(|(statement, _)| !statement.conditions.is_empty());
        if let Some(lists) = &lists {
            must.push(lists.concat());
        }
        if lists.is_none() || is_conditional {
            tracked.extend(
                allows
                    .iter()
                    .flat_map(|(statement, version)| patterns_of(statement, *version, probe)),
            );
        }
    }
    tracked.sort_unstable();
    tracked.dedup();
    let mut texts = effort.texts(&must, &must_not, &tracked);
    if let Some(text) = texts.iter_mut().find(|text| text.is_empty()) {
        "*".clone_into(text);
    }
    texts
}
