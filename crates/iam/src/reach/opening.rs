//! An Allow whose ways in are looked for, and what was worked out about it: most of it is the same for all who ask.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::asked::AskedKey;
use super::callers::Callers;
use super::candidates::Asker;
use super::known::{Known, Table, looked_up};
use super::scenario::Scenario;
use super::setting::{Meaning, Setting, canonical_users};
use crate::arn::{account_of, is_account_id, is_saml_provider};
use crate::bits::Bits;
use crate::document::{Condition, Element, Polarity, Policy, PrincipalEntry, Statement, Version};
use crate::evaluate::{self, Request};
use crate::keys::Authority;

/// A Deny, and where its conditions stand among those on their keys.
pub(super) struct Denial<'p> {
    pub(super) statement: &'p Statement,
    /// The key among those that Denies ask for, and the place among the Denies' conditions on it.
    pub(super) conditions: Vec<(usize, usize)>,
}

/// The Denies of a policy.
pub(super) struct Denials<'p> {
    pub(super) all: Vec<Denial<'p>>,
    /// The keys that they ask for.
    keys: Vec<Rc<AskedKey<'p>>>,
    /// Whom they name by the ids of canonical users.
    pub(super) canonical_users: Vec<&'p str>,
    /// Whether one has a variable among its resources.
    pub(super) have_variables: bool,
    /// The keys that Allows ask for with the same conditions.
    of_allows: RefCell<Vec<Rc<AskedKey<'p>>>>,
    /// Which of them an action falls under.
    by_action: Table<String, Rc<Bits>>,
    /// Which of them a resource falls under, where none has a variable.
    by_resource: Table<String, Rc<Bits>>,
    version: Version,
}

impl<'p> Denials<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        let mut keys: Vec<(&'p str, Vec<&'p Condition>)> = Vec::new();
        let mut all = Vec::new();
        let mut have_variables = false;
        for statement in policy.denies() {
            let places = statement
                .conditions
                .iter()
                .map(|condition| place(&mut keys, condition))
                .collect();
            have_variables |= has_variable(statement.resource.as_ref());
            all.push(Denial {
                statement,
                conditions: places,
            });
        }
        let keys = keys
            .into_iter()
            .map(|(name, conditions)| Rc::new(AskedKey::new(name, conditions, 0, policy.version)));
        Self {
            all,
            keys: keys.collect(),
            canonical_users: policy.denies().flat_map(canonical_users).collect(),
            have_variables,
            of_allows: RefCell::default(),
            by_action: RefCell::default(),
            by_resource: RefCell::default(),
            version: policy.version,
        }
    }

    /// A key with the conditions of an Allow and of the Denies on it: the same one for Allows that ask alike, with what was found out.
    fn asked_by_allows(
        &self,
        name: &'p str,
        conditions: Vec<&'p Condition>,
        own: usize,
        version: Version,
    ) -> Rc<AskedKey<'p>> {
        let mut known = self.of_allows.borrow_mut();
        let same = known.iter().find(|key| key.is_asked_alike(name, &conditions[..own]));
        if let Some(same) = same {
            return Rc::clone(same);
        }
        let key = Rc::new(AskedKey::new(name, conditions, own, version));
        known.push(Rc::clone(&key));
        key
    }

    pub(super) fn those(&self, is_meant: impl Fn(&Statement) -> bool) -> Bits {
        let mut those = Bits::new(self.all.len());
        for (position, denial) in self.all.iter().enumerate() {
            if is_meant(denial.statement) {
                those.set(position..position + 1);
            }
        }
        those
    }

    /// Those that are about the caller.
    pub(super) fn about(&self, request: &Request, meaning: Meaning) -> Bits {
        self.those(|denial| match meaning {
            Meaning::AnyOfTheAccount => covers_whole_accounts(denial, request),
            Meaning::Itself => evaluate::deny_covers_caller(denial, request),
        })
    }

    /// Those that an action falls under.
    pub(super) fn of_action(&self, action: &str) -> Rc<Bits> {
        looked_up(&self.by_action, action, || {
            Rc::new(self.those(|denial| evaluate::action_matches(&denial.action, action)))
        })
    }

    /// Those that a request's resource falls under, at least.
    pub(super) fn of_resource(&self, request: &Request, meaning: Meaning) -> Rc<Bits> {
        let is_covered = |element: &Element| evaluate::resource_matches(element, self.version, request);
        if !self.have_variables {
            return looked_up(&self.by_resource, request.resource.as_str(), || {
                Rc::new(self.those(|denial| denial.resource.as_ref().is_none_or(is_covered)))
            });
        }
        // Variables read differently for those whom the caller stands for.
        let is_sure = |element: &Element| meaning == Meaning::Itself || !has_variable(Some(element));
        Rc::new(self.those(|denial| {
            denial
                .resource
                .as_ref()
                .is_none_or(|element| is_sure(element) && is_covered(element))
        }))
    }

    /// Their conditions, and who decides what these ask for.
    pub(super) fn conditions(&self) -> impl Iterator<Item = (Authority, &'p Condition)> + '_ {
        let places = self.all.iter().flat_map(|denial| &denial.conditions);
        places.map(|(key, place)| (self.keys[*key].authority, self.keys[*key].conditions[*place]))
    }

    /// The resources that they name.
    pub(super) fn resources(&self) -> impl Iterator<Item = &'p Element> + '_ {
        self.all.iter().filter_map(|denial| denial.statement.resource.as_ref())
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

/// Puts the condition behind the others on its key: the place of the key, and that of the condition.
fn place<'p>(keys: &mut Vec<(&'p str, Vec<&'p Condition>)>, condition: &'p Condition) -> (usize, usize) {
    let known = keys
        .iter()
        .position(|(name, _)| name.eq_ignore_ascii_case(&condition.key));
    let at = known.unwrap_or_else(|| {
        keys.push((&condition.key, Vec::new()));
        keys.len() - 1
    });
    keys[at].1.push(condition);
    (at, keys[at].1.len() - 1)
}

/// Whether a pattern of the element may hold a variable.
pub(super) fn has_variable(element: Option<&Element>) -> bool {
    element.is_some_and(|element| element.patterns.iter().any(|pattern| pattern.text.contains("${")))
}

/// What is assumed of a request because nobody chooses it.
pub(super) struct Filling {
    /// For variables that only resources use.
    pub(super) value: Cow<'static, str>,
    /// The organisation of the resource, if the policy asks for it.
    pub(super) resource_organisation: Option<String>,
}

/// An Allow whose ways in are looked for.
pub(super) struct Opening<'p> {
    pub(super) statement: &'p Statement,
    /// The keys that it asks for, then the others that the Denies ask for.
    pub(super) keys: Vec<Rc<AskedKey<'p>>>,
    /// How many of them it asks for itself.
    pub(super) own: usize,
    /// The key and the place on it of each of its conditions.
    pub(super) conditions: Vec<(usize, usize)>,
    /// Whether one of them may tell where a request comes from.
    pub(super) asks_for_venue: bool,
    /// Where the keys of the Denies stand in `keys`.
    pub(super) of_denials: Vec<usize>,
    /// Whether its resources have variables: then they differ between those who ask.
    pub(super) has_variable: bool,
    pub(super) fillings: OnceCell<Vec<Filling>>,
    /// Resources to try, by the action.
    pub(super) resources: Known<String, Rc<[String]>>,
    /// All resources that Denies tell apart, and whether these are all.
    pub(super) all_resources: OnceCell<(Rc<[String]>, bool)>,
    /// The Denies that all of it falls under.
    pub(super) covering: OnceCell<Bits>,
}

impl<'p> Opening<'p> {
    pub(super) fn new(statement: &'p Statement, denials: &Denials<'p>, policy: &Policy) -> Self {
        let mut own_keys = Vec::new();
        let conditions = statement
            .conditions
            .iter()
            .map(|condition| place(&mut own_keys, condition))
            .collect();
        let own = own_keys.len();
        let mut keys: Vec<Rc<AskedKey<'p>>> = Vec::with_capacity(own + denials.keys.len());
        for (name, mut asked) in own_keys {
            let count = asked.len();
            let denied = denials.keys.iter().find(|denied| denied.is(name));
            asked.extend(denied.iter().flat_map(|denied| &denied.conditions));
            keys.push(denials.asked_by_allows(name, asked, count, policy.version));
        }
        let mut of_denials = Vec::with_capacity(denials.keys.len());
        for denied in &denials.keys {
            let known = keys[..own].iter().position(|key| key.is(denied.name));
            of_denials.push(known.unwrap_or_else(|| {
                keys.push(Rc::clone(denied));
                keys.len() - 1
            }));
        }
        Self {
            statement,
            asks_for_venue: keys[..own].iter().any(|key| Asker::depends_on_venue(key.authority)),
            keys,
            own,
            conditions,
            of_denials,
            has_variable: has_variable(statement.resource.as_ref()),
            fillings: OnceCell::new(),
            resources: RefCell::default(),
            all_resources: OnceCell::new(),
            covering: OnceCell::new(),
        }
    }

    /// The key of a Deny's condition and the place of the condition on it.
    pub(super) fn of_denial(&self, (key, place): (usize, usize)) -> (usize, usize) {
        let key = self.of_denials[key];
        (key, self.keys[key].own + place)
    }
}

/// How a caller assumes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Assumes {
    Credentials,
    WebIdentity,
    Saml,
}

impl Assumes {
    pub(super) fn by(callers: &Callers<'_>) -> Self {
        match callers.provider() {
            Some(provider) if is_saml_provider(provider) => Self::Saml,
            Some(_) => Self::WebIdentity,
            None => Self::Credentials,
        }
    }
}

/// A scenario for an Allow, and the settings that were worked out: which action is asked for does not change them.
pub(super) struct Ways<'a, 'p> {
    pub(super) scenario: &'a Scenario<'p>,
    pub(super) plain: Settings,
    pub(super) stand_ins: Settings,
    pub(super) others: Settings,
}

/// By caller, venue and filling, in the order in which they are looked at; `None` for one that leaves nothing.
pub(super) type Settings = RefCell<Vec<Option<Rc<Setting>>>>;

impl<'a, 'p> Ways<'a, 'p> {
    pub(super) fn of(scenario: &'a Scenario<'p>) -> Self {
        Self {
            scenario,
            plain: Settings::default(),
            stand_ins: Settings::default(),
            others: Settings::default(),
        }
    }
}
