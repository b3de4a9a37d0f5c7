//! Values of context keys that the conditions of two policies tell apart: one for each way in which all conditions on a key answer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use super::circumstances::Place;
use super::requests::{free_keys, is_never_set};
use crate::arn::is_account_id;
use crate::bits::Bits;
use crate::document::{Condition, OperatorKind, Policy};
use crate::evaluate::{self, Caller, Request};
use crate::keys::{Authority, authority};
use crate::pattern::has_wildcard;
use crate::reach::{Values, values_worth_trying};

/// The most values of one key that are told apart.
const MOST_VALUES: usize = 64;
/// The most comparisons of a value with what a condition lists, for one key.
const MOST_COMPARISONS: usize = 4_000_000;

/// The most conditions that are read for some caller, over all keys and callers: with variables in them the values are looked for again.
const MOST_READ: usize = 3_000;

/// What the conditions of both policies ask for, by key.
pub(super) struct Asked<'p> {
    keys: Vec<Key<'p>>,
    /// How many conditions were read.
    read: Cell<usize>,
    /// By side, statement and condition: the key, and which of the conditions on it.
    pub(super) conditions: [Vec<Vec<(usize, usize)>>; 2],
}

/// A key that conditions of either policy ask for.
struct Key<'p> {
    name: String,
    /// Each once, however many statements have it.
    asked: Vec<OnKey<'p>>,
    has_variable: bool,
    /// The answers for those of whom nothing says what value they have, by what the conditions read as for them.
    open: RefCell<HashMap<Vec<String>, Rc<Told>>>,
}

/// A condition on a key.
struct OnKey<'p> {
    condition: &'p Condition,
    policy: &'p Policy,
    /// Which of the policies have it.
    sides: [bool; 2],
}

/// Values of a key, and how the conditions on it answer.
pub(super) struct Told {
    pub(super) values: Vec<Values>,
    /// By condition: for which of the values it holds.
    pub(super) holds: Vec<Bits>,
    /// Whether the values stand for all.
    pub(super) is_complete: bool,
}

impl<'p> Asked<'p> {
    pub(super) fn of(old: &'p Policy, new: &'p Policy) -> Self {
        let mut keys: Vec<Key<'p>> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        let mut by_form: HashMap<String, usize> = HashMap::new();
        let conditions = [(0, old), (1, new)].map(|(side, policy)| {
            let mut place = |condition: &'p Condition| {
                let name = condition.key.to_ascii_lowercase();
                let form = form(&name, condition, policy);
                let key = *by_name.entry(name.clone()).or_insert_with(|| {
                    keys.push(Key::new(name));
                    keys.len() - 1
                });
                let position = keys
                    .get_mut(key)
                    .map_or(0, |key| key.add(condition, policy, &mut by_form, form, side));
                (key, position)
            };
            let statements = policy.statements.iter();
            statements
                .map(|statement| statement.conditions.iter().map(&mut place).collect())
                .collect()
        });
        Self {
            keys,
            read: Cell::new(0),
            conditions,
        }
    }

    /// The values of each key for a caller in a place.
    pub(super) fn tell(&self, base: &Request, place: Place) -> Vec<(String, Rc<Told>)> {
        let told = |key: &Key<'p>| (key.name.clone(), key.tell(base, place, &self.read));
        self.keys.iter().map(told).collect()
    }
}

/// What tells conditions apart: all but where they stand.
fn form(name: &str, condition: &Condition, policy: &Policy) -> String {
    let values: Vec<&str> = condition.values.iter().map(|value| value.text.as_str()).collect();
    format!("{name} {} {:?} {values:?}", condition.operator, policy.version)
}

impl<'p> Key<'p> {
    fn new(name: String) -> Self {
        Self {
            name,
            asked: Vec::new(),
            has_variable: false,
            open: RefCell::default(),
        }
    }

    fn add(
        &mut self,
        condition: &'p Condition,
        policy: &'p Policy,
        known: &mut HashMap<String, usize>,
        form: String,
        side: usize,
    ) -> usize {
        let position = *known.entry(form).or_insert_with(|| {
            let has_variable = |text: &str| evaluate::has_variable(text, policy.version);
            self.has_variable |= condition.values.iter().any(|value| has_variable(&value.text));
            self.asked.push(OnKey {
                condition,
                policy,
                sides: [false; 2],
            });
            self.asked.len() - 1
        });
        if let Some(sides) = self.asked.get_mut(position).map(|on_key| &mut on_key.sides) {
            sides[side] = true;
        }
        position
    }

    fn tell(&self, base: &Request, place: Place, count: &Cell<usize>) -> Rc<Told> {
        if let Some(given) = given(&self.name, base, place) {
            return Rc::new(self.told_apart(base, vec![given], true));
        }
        let mut texts = if self.has_variable {
            self.texts(base)
        } else {
            Vec::new()
        };
        let is_user = matches!(base.caller, Caller::User { .. });
        if authority(&self.name) == Authority::CallerId {
            texts.push(is_user.to_string());
        }
        if let Some(known) = self.open.borrow().get(&texts) {
            return Rc::clone(known);
        }
        count.set(count.get() + self.asked.len());
        let is_affordable = !self.has_variable || count.get() <= MOST_READ;
        let told = Rc::new(if is_affordable {
            self.tell_open(base)
        } else {
            self.told_apart(base, vec![None], false)
        });
        self.open.borrow_mut().insert(texts, Rc::clone(&told));
        told
    }

    /// The variables in what the conditions list, as they read for a caller.
    fn texts(&self, base: &Request) -> Vec<String> {
        let of = |on_key: &OnKey<'p>| {
            let version = on_key.policy.version;
            let values = on_key.condition.values.iter();
            let with_variable = values.filter(move |value| evaluate::has_variable(&value.text, version));
            with_variable
                .map(|value| {
                    format!(
                        "{:?} {}",
                        evaluate::tokens(&value.text, version, base),
                        is_never_set(&value.text, version, base)
                    )
                })
                .collect::<Vec<String>>()
        };
        self.asked.iter().flat_map(of).collect()
    }

    /// The values of a key that may have any.
    fn tell_open(&self, base: &Request) -> Told {
        let read: Vec<_> = self
            .asked
            .iter()
            .map(|on_key| evaluate::read_for(on_key.condition, on_key.policy.version, base))
            .collect();
        let conditions: Vec<&Condition> = read.iter().map(AsRef::as_ref).collect();
        let (mut found, mut are_all) = candidates(&self.name, &conditions);
        // Escaped wildcards read as others do; what they stand for is tried, and not told apart from what else they match.
        let texts = self.asked.iter().flat_map(|on_key| &on_key.condition.values);
        let escaped = texts.filter(|value| evaluate::has_escape(&value.text));
        let spelled: Vec<Values> = escaped
            .map(|value| Some(vec![evaluate::unescaped(&value.text, "witness")]))
            .collect();
        are_all &= spelled.is_empty();
        found.splice(0..0, spelled);
        // First what only one of the policies lists: of long lists not all is tried.
        let alone = self.listed_by_one(&conditions);
        let (mut first, _) = if alone.is_empty() {
            (Vec::new(), true)
        } else {
            candidates(&self.name, &alone.iter().collect::<Vec<_>>())
        };
        first.extend(found);
        if authority(&self.name) == Authority::CallerId {
            first = first.into_iter().filter_map(|id| fitting(id, &base.caller)).collect();
        }
        self.told_apart(base, first, are_all)
    }

    /// The conditions with only those values that stand in one of the policies and not in the other, where there are many values.
    fn listed_by_one(&self, conditions: &[&Condition]) -> Vec<Condition> {
        if conditions.iter().map(|condition| condition.values.len()).sum::<usize>() <= MOST_VALUES {
            return Vec::new();
        }
        let mut sides: HashMap<&str, [bool; 2]> = HashMap::new();
        for (condition, on_key) in conditions.iter().zip(&self.asked) {
            for value in &condition.values {
                let known = sides.entry(&value.text).or_default();
                *known = [known[0] || on_key.sides[0], known[1] || on_key.sides[1]];
            }
        }
        let reduced = conditions.iter().map(|condition| {
            let mut condition = (*condition).clone();
            let is_alone = |text: &str| sides.get(text).is_some_and(|sides| *sides != [true; 2]);
            condition.values.retain(|value| is_alone(&value.text));
            condition
        });
        reduced.filter(|condition| !condition.values.is_empty()).collect()
    }

    fn told_apart(&self, base: &Request, candidates: Vec<Values>, are_all: bool) -> Told {
        let mut told = Told {
            values: Vec::new(),
            holds: vec![Bits::new(MOST_VALUES); self.asked.len()],
            is_complete: are_all && !self.has_open_variable(base),
        };
        let wide = if candidates.len() > 1 { self.wide() } else { Vec::new() };
        let room = MOST_VALUES - wide.len();
        let cost: usize = self.asked.iter().map(|on_key| on_key.condition.values.len() + 1).sum();
        let affordable = MOST_COMPARISONS / cost.max(1);
        told.is_complete &= candidates.len() <= affordable;
        let mut answers: Vec<Vec<bool>> = Vec::new();
        let ordinary = candidates.into_iter().take(affordable).map(|values| (values, room));
        let wide = wide.into_iter().map(|value| (Some(vec![value]), MOST_VALUES));
        for (candidate, room) in ordinary.chain(wide) {
            let answer = self.answer(candidate.as_ref(), base);
            if answers.contains(&answer) {
                continue;
            }
            if answers.len() >= room {
                told.is_complete = false;
                continue;
            }
            for (holds, answer) in told.holds.iter_mut().zip(&answer) {
                if *answer {
                    holds.set(answers.len()..answers.len() + 1);
                }
            }
            answers.push(answer);
            told.values.push(candidate);
        }
        told
    }

    fn answer(&self, candidate: Option<&Vec<String>>, base: &Request) -> Vec<bool> {
        let texts: Option<Vec<&str>> = candidate.map(|texts| texts.iter().map(String::as_str).collect());
        let holds =
            |on_key: &OnKey<'_>| evaluate::holds_for(on_key.condition, on_key.policy.version, texts.as_deref(), base);
        self.asked.iter().map(holds).collect()
    }

    /// Whether a condition compares with what a request of the caller may have, but this one has not.
    fn has_open_variable(&self, base: &Request) -> bool {
        let is_open = |on_key: &OnKey<'_>| {
            let mut texts = on_key.condition.values.iter().map(|value| value.text.as_str());
            texts.any(|text| !free_keys(text, on_key.policy.version, base).is_empty())
        };
        self.has_variable && self.asked.iter().any(is_open)
    }

    /// Texts that match a pattern of every condition, or of every one but one that only one of the policies has. Many Denies of all but
    /// what is listed are evaded by such a text alone, and the search for a text of each combination, shortest first, does not come
    /// upon it.
    fn wide(&self) -> Vec<String> {
        /// With fewer conditions all combinations are tried.
        const FEW: usize = 4;
        /// The most conditions of one policy alone.
        const MOST: usize = 12;
        let patterns: Vec<Option<&str>> = self.asked.iter().map(|on_key| open_pattern(on_key.condition)).collect();
        if patterns.iter().flatten().count() <= FEW {
            return Vec::new();
        }
        let alone = self
            .asked
            .iter()
            .enumerate()
            .filter(|(_, on_key)| on_key.sides != [true; 2]);
        let without = std::iter::once(None).chain(alone.map(|(position, _)| Some(position)).take(MOST));
        without
            .map(|left_out| {
                let others = patterns
                    .iter()
                    .enumerate()
                    .filter(|(position, _)| Some(*position) != left_out);
                joined(others.filter_map(|(_, pattern)| *pattern))
            })
            .collect()
    }
}

/// A pattern of the condition that may stand anywhere in a text.
fn open_pattern(condition: &Condition) -> Option<&str> {
    let mut texts = condition.values.iter().map(|value| value.text.as_str());
    texts.find(|text| text.len() > 1 && text.starts_with('*') && text.ends_with('*') && !text.contains("${"))
}

/// The shortest text that each pattern matches at a place of its own; a mark between them keeps what stands side by side from matching a
/// pattern that is left out.
fn joined<'t>(patterns: impl Iterator<Item = &'t str>) -> String {
    let patterns: Vec<&str> = patterns.collect();
    let marks = [".", "-", "~", " "];
    let is_free = |mark: &&&str| !patterns.iter().any(|pattern| pattern.contains(**mark));
    let mark = marks.iter().find(is_free).unwrap_or(&".");
    let parts = patterns.iter().flat_map(|pattern| pattern.split('*'));
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.replace('?', "x"))
        .collect();
    parts.join(mark)
}

/// A unique id as one of a user or of a role's session; `None` if it is neither. A user's has no colon; that of a role's session has the
/// session's name behind one. Source: IAM User Guide, "IAM identifiers", section "Understanding unique ID prefixes", and "IAM policy
/// elements: Variables and tags", table "Principal key values".
pub(super) fn fitting(id: Values, caller: &Caller) -> Option<Values> {
    let of_account = |text: &str| is_account_id(text.split(':').next().unwrap_or(text));
    let fit = |text: &String| match caller {
        // Of a root user, or of a federated user.
        _ if of_account(text) => None,
        Caller::User { .. } if text.starts_with("AROA") => None,
        Caller::User { .. } => Some(text.replace(':', "x")),
        _ if text.starts_with("AIDA") => None,
        _ => Some(text.clone()),
    };
    match id {
        Some(texts) => texts.iter().map(fit).collect::<Option<Vec<String>>>().map(Some),
        None => Some(None),
    }
}

/// The value of a key that has no choice: what the request says of it already, or none where such a request has no such key.
pub(super) fn given(key: &str, base: &Request, place: Place) -> Option<Values> {
    if let Some(fixed) = base.values(key) {
        let fixed = fixed.into_iter().map(std::borrow::Cow::into_owned).collect();
        return Some(Some(fixed));
    }
    let is_service = matches!(base.caller, Caller::Service { .. });
    let has_account = base.caller.account().is_some();
    let may_be_there = match authority(key) {
        // The owner of the resource is not given, and may be anybody.
        _ if key.eq_ignore_ascii_case("aws:ResourceAccount") => true,
        _ if crate::keys::follows_from_caller(key) => false,
        Authority::SourceAddress => place == Place::Internet && !is_service,
        Authority::Vpc | Authority::VpcAddress => place == Place::VpcEndpoint && !is_service,
        Authority::CallerOrganisation | Authority::Mfa | Authority::CallerId => has_account,
        Authority::SourceAccount | Authority::SourceArn | Authority::SourceOrganisation | Authority::SourceToken => {
            is_service
        }
        Authority::Claim => matches!(base.caller, Caller::Federated { .. }),
        // A root user has no tags and takes no roles.
        Authority::ChosenIdentity => !matches!(base.caller, Caller::Root { .. }),
        _ => true,
    };
    (!may_be_there).then_some(None)
}

/// Usual values, and what all are like.
type Typed = (&'static [&'static str], fn(&str) -> bool);

/// What values of keys with a type are like, and usual ones, networks of both families among them; `None` for keys of texts. Sources of the
/// addresses: RFC 1918, RFC 3849 and RFC 5737.
fn typed(key: &str) -> Option<Typed> {
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let is_moment = |text: &str| evaluate::read_date(text.trim()).is_some() || text.trim().parse::<f64>().is_ok();
    match authority(key) {
        Authority::SourceAddress => Some((&["203.0.113.77", "198.51.100.77", "2001:db8::77"], is_address)),
        Authority::VpcAddress => Some((&["10.0.0.77", "192.168.0.77", "2001:db8::77"], is_address)),
        Authority::Time if key.eq_ignore_ascii_case("aws:EpochTime") => Some((&["1768478400"], is_moment)),
        Authority::Time => Some((&["2026-01-15T12:00:00Z"], is_moment)),
        _ => None,
    }
}

/// The values that a key may have where nothing says which, and whether they stand for all.
fn candidates(key: &str, conditions: &[&Condition]) -> (Vec<Values>, bool) {
    let (mut found, mut are_all) = values_worth_trying(conditions);
    if let Some((usual, is_one)) = typed(key) {
        // What patterns of texts match is seldom written as an address or a date.
        let kinds = [OperatorKind::StringLike, OperatorKind::StringNotLike];
        let mut asked = conditions
            .iter()
            .filter(|condition| kinds.contains(&condition.operator.kind));
        are_all &= !asked.any(|condition| condition.values.iter().any(|value| has_wildcard(&value.text)));
        found.retain(|values| values.iter().flatten().all(|value| is_one(value)));
        found.splice(0..0, usual.iter().map(|value| Some(vec![(*value).to_owned()])));
    }
    // Two values at once, of which a condition may like one and not the other.
    if conditions
        .iter()
        .any(|condition| condition.operator.quantifier.is_some())
    {
        let single: Vec<String> = found
            .iter()
            .flatten()
            .filter(|values| values.len() == 1)
            .filter_map(|values| values.first().cloned())
            .take(8)
            .collect();
        for (position, one) in single.iter().enumerate() {
            for other in single.iter().skip(position + 1) {
                found.push(Some(vec![one.clone(), other.clone()]));
            }
        }
    }
    if crate::keys::is_always_present(key) {
        found.retain(Option::is_some);
    }
    (found, are_all)
}
