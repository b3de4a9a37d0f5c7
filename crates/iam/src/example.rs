//! An example of what an identity may do: a request for an action that every layer of its policies allows, confirmed by the
//! reference evaluator.

mod circumstances;
#[cfg(test)]
pub(crate) mod tests;

use std::cell::Cell;

use crate::document::{Effect, Polarity, Statement, Version};
use crate::evaluate::{self, NamedPolicy, PolicySet, Request, StatementRef};
use crate::keys::follows_from_caller;
use crate::pattern::language::{Search, find as find_text, partition};
use crate::pattern::{self, Case, Token};

/// Which resources an example may be about.
pub(crate) struct Wanted {
    /// Patterns one of which must match.
    pub(crate) one_of: Vec<Vec<Token>>,
    /// Patterns none of which may.
    pub(crate) none_of: Vec<Vec<Token>>,
}

impl Wanted {
    pub(crate) fn anything() -> Self {
        Self {
            one_of: vec![pattern::tokens("*")],
            none_of: Vec::new(),
        }
    }
}

/// What looking for examples may cost: steps of automata, and statements looked at by the evaluator. Hundreds of statements full of
/// wildcards under as many would keep it busy for hours.
pub(crate) struct Effort {
    spent: Cell<u64>,
    limit: u64,
}

impl Effort {
    pub(crate) fn of(limit: u64) -> Self {
        Self {
            spent: Cell::new(0),
            limit,
        }
    }

    /// Whether the limit is reached: what was not found then may be there all the same.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.get() >= self.limit
    }

    fn charge(&self, work: u64) {
        self.spent.set(self.spent.get().saturating_add(work));
    }
}

/// Looks for a request like `probe`, to a resource of the caller's account, that is allowed. What the probe's context has stays as it is.
pub(crate) fn find(
    probe: &Request,
    wanted: &Wanted,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> Option<(Request, Vec<StatementRef>)> {
    let account = probe.caller.account()?;
    let granting: Vec<(&Statement, Version)> = policies
        .identity
        .iter()
        .flat_map(|named| {
            named
                .policy
                .statements
                .iter()
                .map(|statement| (statement, named.policy.version))
        })
        .filter(|(statement, _)| {
            statement.effect == Effect::Allow && evaluate::action_matches(&statement.action, &probe.action)
        })
        .collect();
    let ask = |probe: &Request, resources: Vec<String>, (statement, version): (&Statement, Version)| {
        resources
            .into_iter()
            .take_while(|_| !effort.is_spent())
            .find_map(|resource| {
                let request = Request {
                    resource,
                    ..probe.clone()
                };
                circumstances::allowed(&request.owned_by(account), statement, version, policies, effort)
            })
    };
    let ask_for = |probe: &Request| {
        // What is at hand first; where that is forbidden, a resource for each combination of all layers' patterns.
        let at_hand = granting
            .iter()
            .take_while(|_| !effort.is_spent())
            .find_map(|granting| ask(probe, resources(*granting, probe, wanted, policies, effort), *granting));
        at_hand.or_else(|| {
            granting.iter().take_while(|_| !effort.is_spent()).find_map(|granting| {
                ask(
                    probe,
                    all_resources(*granting, probe, wanted, policies, effort),
                    *granting,
                )
            })
        })
    };
    ask_for(probe).or_else(|| ask_for(&with_variables_of_resources(&granting, probe)?))
}

/// The probe with a value for each key that resources of the statements speak of and that it does not have.
fn with_variables_of_resources(granting: &[(&Statement, Version)], probe: &Request) -> Option<Request> {
    let mut filled = probe.clone();
    let mut is_same = true;
    for (statement, version) in granting {
        for pattern in statement.resource.iter().flat_map(|element| &element.patterns) {
            for key in evaluate::open_keys(&pattern.text, *version, probe) {
                if !follows_from_caller(key) {
                    filled.context.set(key, circumstances::ANY_VALUE);
                    is_same = false;
                }
            }
        }
    }
    (!is_same).then_some(filled)
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
        if let Search::Found(resource) = find_text(&must, &must_not, Case::Sensitive, &effort.spent) {
            let resource = named(resource);
            if !found.contains(&resource) {
                found.push(resource);
            }
        }
    }
    found
}

/// One resource for each combination of the patterns of all layers.
fn all_resources(
    granting: (&Statement, Version),
    probe: &Request,
    wanted: &Wanted,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> Vec<String> {
    let (must, must_not) = limits(granting, probe, wanted);
    let mut tracked: Vec<Vec<Token>> = policies
        .identity
        .iter()
        .chain(bounding(policies))
        .flat_map(|named| named.policy.statements.iter().map(move |statement| (statement, named)))
        .filter(|(other, _)| evaluate::action_matches(&other.action, &probe.action))
        .flat_map(|(other, named)| patterns_of(other, named.policy.version, probe))
        .collect();
    tracked.sort_unstable();
    tracked.dedup();
    let (texts, _) = partition(&must, &must_not, &tracked, Case::Sensitive, &effort.spent);
    texts.into_iter().map(named).collect()
}

/// A resource that the shortest text stands for: anything, or something with a name.
fn named(text: String) -> String {
    match text.as_str() {
        "" => "*".to_owned(),
        unnamed if unnamed.ends_with('/') => format!("{text}witness"),
        _ => text,
    }
}
