//! A caller in a venue, and the values that an Allow's conditions leave to each key.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use super::asked::{AskedKey, Choices};
use super::candidates::{Asker, FRESH, Situation, Values, Venue, candidates};
use super::evade::Past;
use super::opening::{Filling, Opening};
use super::scenario::Scenario;
use super::solve::Searcher;
use super::tokens::{fill_variables, may_have};
use crate::bits::Bits;
use crate::document::{Condition, Polarity, PrincipalKind, Statement, Text};
use crate::evaluate::{self, Caller, Request};

/// A caller in a venue, and the values that the Allow leaves to each key.
pub(super) struct Setting {
    /// Whose action and resource are those that were asked for last.
    pub(super) request: RefCell<Request>,
    pub(super) venue: Venue,
    /// By the keys of the opening; of those that only Denies ask for once it matters.
    keys: Vec<OnceCell<Left>>,
    /// Which Denies are about the caller.
    pub(super) denied_by: Bits,
    /// Sets of Denies that are not evaded: neither values of keys nor what conditions say of them differ between actions and resources.
    pub(super) kept_out: RefCell<Vec<Bits>>,
    /// The Denies that all actions and resources of the Allow fall under, and whether there is a way past them.
    pub(super) past_covering: OnceCell<(Bits, Past)>,
    /// Whether a value is a variable of another key that is still to be chosen.
    pub(super) depends_on_free_keys: bool,
    /// Whether the caller is one and each key has a value: else the setting only tells whether somebody might get in.
    pub(super) has_example: bool,
    pub(super) meaning: Meaning,
}

/// Whom a caller stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Itself,
    /// Any principal of the caller's account: what depends on the name may be as the policy wants it.
    AnyOfTheAccount,
}

/// What is left of a key's values.
pub(super) struct Left {
    pub(super) choices: Rc<Choices>,
    pub(super) values: Bits,
    /// Whether there may be values that matter besides the choices.
    pub(super) has_more: bool,
    /// For each of the Allow's conditions with a variable that is still to be chosen: where the values that meet it stand.
    open: Vec<(usize, Range<usize>)>,
}

impl Setting {
    /// What the Allow leaves to its own keys, and what the others have as far as it was asked.
    pub(super) fn left(&self) -> Vec<Bits> {
        let of = |key: &OnceCell<Left>| key.get().map_or(Bits::new(0), |left| left.values.clone());
        self.keys.iter().map(of).collect()
    }

    /// The first of the values that are left of a key; `None` for one that the request does not have, or whose values were not asked for.
    pub(super) fn first_value(&self, key: usize, left: &Bits) -> Option<&Vec<String>> {
        let choices = &self.keys.get(key)?.get()?.choices;
        choices.values.get(left.iter().next()?)?.as_ref()
    }
}

/// Who asks, and what of the request is known.
struct Asking<'a> {
    scenario: &'a Scenario<'a>,
    venue: Venue,
    base: &'a Request,
    meaning: Meaning,
}

impl Searcher<'_> {
    /// The values that the Allow's conditions leave to a caller in a venue; `None` if they leave none.
    pub(super) fn setting(
        &self,
        opening: &Opening<'_>,
        scenario: &Scenario<'_>,
        (caller, meaning): (&Caller, Meaning),
        (venue, filling): (Venue, &Filling),
    ) -> Option<Setting> {
        if self.is_spent() {
            return None;
        }
        let is_any = meaning == Meaning::AnyOfTheAccount;
        // Most scenarios fail here, which needs no request.
        let fails = |(key, place): &(usize, usize)| {
            let key = &opening.keys[*key];
            key.is_free && !(is_any && key.depends_on_name()) && {
                let asker = Asker::new(key, scenario, caller, venue);
                self.fails_for_all(key, *place, &asker)
            }
        };
        if opening.conditions.iter().any(fails) {
            return None;
        }
        let statement = opening.statement;
        let mut base = self.base(opening, scenario, caller, filling);
        let is_covered = |element| is_any || evaluate::principal_covers(element, &base);
        if !statement.principal.as_ref().is_none_or(is_covered) {
            return None;
        }
        self.fill(opening, &mut base, &filling.value);
        let asking = Asking {
            scenario,
            venue,
            base: &base,
            meaning,
        };
        // Each asks for a key of its own as it is come to: most scenarios fail at the first.
        let mut keys: Vec<OnceCell<Left>> = Vec::new();
        keys.resize_with(opening.keys.len(), OnceCell::new);
        let (mut depends_on_free_keys, mut has_example) = (false, !is_any);
        for (key, place) in &opening.conditions {
            let (asked, known) = (&opening.keys[*key], &mut keys[*key]);
            known.get_or_init(|| self.left(asked, &asking));
            let Some(key) = known.get_mut() else { continue };
            if let Some((_, resolved)) = key.open.iter().find(|(open, _)| open == place) {
                depends_on_free_keys = true;
                key.values.set(resolved.clone());
                continue;
            }
            let holds = |values: &Values| self.holds(asked, *place, values, &base);
            key.values = key.choices.held(*place, &key.values, holds);
            if key.values.is_empty() {
                // What is known is compared with what another key might be.
                let is_known = asked.follows_from_caller || base.values(asked.name).is_some();
                let is_open = is_known && asked.has_variable && self.has_open_variable(asked.conditions[*place], &base);
                if !key.has_more && !is_open {
                    return None;
                }
                depends_on_free_keys |= is_open;
                has_example = false;
            }
        }
        Some(Setting {
            denied_by: self.denials.about(&base, meaning),
            kept_out: RefCell::default(),
            past_covering: OnceCell::new(),
            request: RefCell::new(base),
            venue,
            keys,
            depends_on_free_keys,
            has_example,
            meaning,
        })
    }

    /// What is left of a key to those who ask for the request of the setting.
    pub(super) fn left_to<'s>(
        &self,
        opening: &Opening<'_>,
        (scenario, setting): (&Scenario<'_>, &'s Setting),
        key: usize,
        request: &Request,
    ) -> &'s Left {
        setting.keys[key].get_or_init(|| {
            let asking = Asking {
                scenario,
                venue: setting.venue,
                base: request,
                meaning: setting.meaning,
            };
            self.left(&opening.keys[key], &asking)
        })
    }

    /// What a caller's request says whatever is chosen.
    fn base(&self, opening: &Opening<'_>, scenario: &Scenario<'_>, caller: &Caller, filling: &Filling) -> Request {
        // Of the partition of the resource, which the ARN of a root user follows.
        let mut base = Request::new(caller.clone(), "", self.resource.unwrap_or_default());
        base.resource_account = self.own_account.map(str::to_owned);
        // Whom the Allow names, or a Deny spares.
        let of_denials = self.denials.canonical_users.iter().copied();
        if canonical_users(opening.statement)
            .chain(of_denials)
            .any(|user| user == scenario.who)
        {
            base.canonical_user = Some(scenario.who.clone());
        }
        // A URL that does not ask who calls knows nobody.
        let asks_for_url = || opening.keys.iter().any(|key| key.is("lambda:FunctionUrlAuthType"));
        if *caller != Caller::Anonymous && is_about_urls_only(opening.statement) && asks_for_url() {
            base.context.set("lambda:FunctionUrlAuthType", "AWS_IAM");
        }
        if let Some(organisation) = &filling.resource_organisation {
            base.context.set("aws:ResourceOrgID", organisation.as_str());
        }
        base
    }

    /// What only resources speak of has some value.
    fn fill(&self, opening: &Opening<'_>, base: &mut Request, filling: &str) {
        if !opening.has_variable {
            return;
        }
        let patterns = opening.statement.resource.iter().flat_map(|element| &element.patterns);
        for pattern in patterns.filter(|pattern| evaluate::has_variable(&pattern.text, self.policy.version)) {
            for name in evaluate::open_keys(&pattern.text, self.policy.version, base) {
                if may_have(&base.caller, name) && !opening.keys.iter().any(|key| key.is(name)) {
                    base.context.set(name, filling);
                }
            }
        }
    }

    /// The values of a key before any condition.
    fn left(&self, key: &AskedKey<'_>, asking: &Asking<'_>) -> Left {
        let is_any = asking.meaning == Meaning::AnyOfTheAccount;
        let derived = if key.is_free {
            None
        } else {
            asking.base.values(key.name)
        };
        if derived.is_some() || key.follows_from_caller {
            // The caller or the resource decides: one value.
            let value = derived.map(|values| values.into_iter().map(Cow::into_owned).collect());
            return Left {
                choices: Rc::new(Choices::new(vec![value], true)),
                values: Bits::all(1),
                has_more: is_any && key.depends_on_name(),
                open: Vec::new(),
            };
        }
        let asker = Asker::new(key, asking.scenario, &asking.base.caller, asking.venue);
        if key.has_variable {
            return self.left_with_variables(key, &asker, asking);
        }
        let choices = self.choices(key, &asker);
        Left {
            values: Bits::all(choices.values.len()),
            has_more: !choices.are_all || is_any && key.depends_on_name(),
            choices,
            open: Vec::new(),
        }
    }

    /// The values of a key whose conditions have no variables.
    fn choices(&self, key: &AskedKey<'_>, asker: &Asker<'_>) -> Rc<Choices> {
        self.charge(1);
        key.choices(asker, || {
            let (values, are_all) = self.candidates(key, asker, &key.conditions);
            Choices::new(values, are_all)
        })
    }

    /// Whether a condition holds for no value that those who ask so may give a key that they choose.
    fn fails_for_all(&self, key: &AskedKey<'_>, place: usize, asker: &Asker<'_>) -> bool {
        let choices = self.choices(key, asker);
        let holds = |values: &Values| self.holds(key, place, values, &self.anybody);
        choices.are_all && choices.held(place, &Bits::all(choices.values.len()), holds).is_empty()
    }

    /// The same where a condition has a variable: it reads as the request says, and a variable that is still to be chosen is met by a
    /// value that is chosen with it.
    fn left_with_variables(&self, key: &AskedKey<'_>, asker: &Asker<'_>, asking: &Asking<'_>) -> Left {
        let read = |condition| evaluate::read_for(condition, self.policy.version, asking.base);
        let read: Vec<Cow<'_, Condition>> = key.conditions.iter().map(|condition| read(condition)).collect();
        let read: Vec<&Condition> = read.iter().map(AsRef::as_ref).collect();
        let (mut values, mut open) = (Vec::new(), Vec::new());
        // What the caller cannot have is no variable's value either.
        let may_be_chosen = key.needs.has(&asking.base.caller);
        for (place, condition) in key.conditions[..key.own].iter().enumerate().rev() {
            if may_be_chosen && self.has_open_variable(condition, asking.base) {
                let first = values.len();
                let with_variables = condition.values.iter().filter(|value| value.text.contains("${"));
                values.extend(with_variables.map(|value| Some(vec![fill_variables(&value.text)])));
                open.push((place, first..values.len()));
            }
        }
        let resolved = values.len();
        let (found, are_all) = self.candidates(key, asker, &read);
        values.extend(found);
        // Escaped wildcards read as others do; what they stand for is tried, and not told apart from what else they match.
        let texts = key.conditions.iter().flat_map(|condition| &condition.values);
        let escaped = texts
            .filter(|value| evaluate::has_escape(&value.text))
            .collect::<Vec<_>>();
        let are_all = are_all && escaped.is_empty();
        values.extend(
            escaped
                .iter()
                .map(|value| Some(vec![evaluate::unescaped(&value.text, FRESH)])),
        );
        let mut left = Bits::new(values.len());
        left.set(resolved..values.len());
        Left {
            choices: Rc::new(Choices::new(values, are_all)),
            values: left,
            has_more: !are_all || asking.meaning == Meaning::AnyOfTheAccount,
            open,
        }
    }

    fn candidates(&self, key: &AskedKey<'_>, asker: &Asker<'_>, conditions: &[&Condition]) -> (Vec<Values>, bool) {
        let situation = Situation {
            key,
            asker,
            conditions,
            strangers: &self.strangers,
            organisations: &self.organisations,
            own_account: self.own_account,
            partition: self.partition,
            earliest_request: self.earliest_request,
            search: &self.search,
        };
        let (values, are_all) = candidates(&situation);
        self.charge(values.len());
        (values, are_all)
    }

    /// Whether the condition at a place holds for values of its key. Once the effort is spent nothing is compared any more; what is said
    /// then says nothing.
    pub(super) fn holds(&self, key: &AskedKey<'_>, place: usize, values: &Values, request: &Request) -> bool {
        if self.is_spent() {
            return false;
        }
        let condition = key.conditions[place];
        let holds = |values: Option<&[&str]>| {
            let count = values.map_or(1, <[_]>::len).max(1);
            if let Some(arranged) = key.arranged(place) {
                self.charge(arranged.cost() * count);
                return arranged.holds_for(condition, values, request);
            }
            self.charge(condition.values.len() * count);
            evaluate::holds_for(condition, self.policy.version, values, request)
        };
        match values.as_deref() {
            None => holds(None),
            Some([one]) => holds(Some(&[one])),
            Some(several) => holds(Some(&several.iter().map(String::as_str).collect::<Vec<_>>())),
        }
    }

    /// Whether a value of the condition has a variable for a key that is still to be chosen.
    pub(super) fn has_open_variable(&self, condition: &Condition, request: &Request) -> bool {
        condition.values.iter().any(|value| {
            evaluate::has_variable(&value.text, self.policy.version)
                && evaluate::variables(&value.text)
                    .any(|name| request.values(name).is_none() && may_have(&request.caller, name))
        })
    }
}

/// The canonical users whom a statement names.
pub(super) fn canonical_users(statement: &Statement) -> impl Iterator<Item = &str> {
    let entries = statement.principal.iter().flat_map(|element| &element.entries);
    entries
        .filter(|entry| entry.kind == PrincipalKind::CanonicalUser)
        .map(|entry| entry.value.as_str())
}

/// Whether a statement is about nothing but the URLs of functions.
fn is_about_urls_only(statement: &Statement) -> bool {
    let is_of_urls = |pattern: &Text| pattern.text.to_ascii_lowercase().starts_with("lambda:invokefunctionu");
    statement.action.polarity == Polarity::Is && statement.action.patterns.iter().all(is_of_urls)
}
