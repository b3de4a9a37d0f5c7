//! Variables that follow from who asks: which callers the texts of both policies tell apart by them, beside those that principals and
//! conditions name.

use std::cell::Cell;

use super::requests::{MOST_WORK, owner_in, statements};
use crate::arn::{Arn, is_account_id};
use crate::bound::{Compared, InPlace, KEYS_OF_ACCOUNTS, compared, in_place_of, speak_of};
use crate::document::{Condition, Policy};
use crate::evaluate::Request;
use crate::pattern::language::partition;
use crate::pattern::{self, Case, has_wildcard};

/// Beside those of accounts, and the kind of the caller, of which there are few: each is tried.
const KEYS: [&str; 3] = ["aws:username", "aws:PrincipalArn", "aws:PrincipalServiceName"];
/// The most names of users that are told apart.
const MOST_NAMES: usize = 64;

/// What both policies mean by variables that follow from who asks, and from whose the resource is.
pub(super) struct Bound<'p> {
    /// By key: what stands in the place of its variable.
    in_place: Vec<(&'static str, Vec<&'p str>)>,
    /// Patterns of names of users, those that conditions ask for among them.
    pub(super) names_of_users: Vec<&'p str>,
    /// A name for each combination of them.
    pub(super) names: Vec<String>,
    speaks_of_kinds: bool,
    /// Whether they speak of the owner of the resource in variables only.
    pub(super) speaks_of_owner: bool,
    /// The owners that resources name.
    pub(super) named_owners: Vec<&'p str>,
    /// Whether these tell all apart.
    pub(super) are_all: bool,
}

impl<'p> Bound<'p> {
    pub(super) fn of(before: &'p Policy, after: &'p Policy, work: &Cell<u64>) -> Self {
        let all = statements(before, after);
        let compared = compared(all.map(|(statement, policy)| (statement, policy.version)));
        let mut are_all = true;
        let in_place: Vec<(&'static str, Vec<&'p str>)> = KEYS_OF_ACCOUNTS
            .into_iter()
            .chain(KEYS)
            .map(|key| {
                let InPlace { texts, are_all: are } = in_place_of(key, &compared);
                are_all &= are;
                (key, texts)
            })
            .collect();
        let conditions = || statements(before, after).flat_map(|(statement, _)| &statement.conditions);
        let of_users = |condition: &&Condition| condition.key.eq_ignore_ascii_case("aws:username");
        let asked = conditions().filter(of_users).flat_map(|condition| &condition.values);
        let mut bound = Self {
            names_of_users: asked.map(|value| value.text.as_str()).collect(),
            names: Vec::new(),
            speaks_of_kinds: speak_of("aws:PrincipalType", &compared),
            speaks_of_owner: speaks_of_owner(&compared) && !conditions().any(|condition| is_of_owner(&condition.key)),
            named_owners: statements(before, after)
                .filter_map(|(statement, _)| statement.resource.as_ref())
                .flat_map(|element| &element.patterns)
                .filter_map(|pattern| owner_in(&pattern.text))
                .collect(),
            in_place,
            are_all,
        };
        bound.named_owners.sort_unstable();
        bound.named_owners.dedup();
        bound.tell_names_apart(conditions(), work);
        let services = bound.in_place_of("aws:PrincipalServiceName").any(has_wildcard);
        bound.are_all &= !(services || bound.speaks_of_owner && leave_owners_open(before, after));
        bound
    }

    fn tell_names_apart<'c>(&mut self, conditions: impl Iterator<Item = &'c Condition>, work: &Cell<u64>) {
        let as_texts = self.names_of_users.iter().map(|name| name.replace(['*', '?'], "x"));
        self.names = as_texts.collect();
        let conditions: Vec<&Condition> = conditions.collect();
        self.add_other_spellings(&conditions);
        let in_place: Vec<&'p str> = self.in_place_of("aws:username").collect();
        // Paths and names are told apart each by themselves.
        let mut asked = conditions
            .iter()
            .filter(|condition| condition.key.eq_ignore_ascii_case("aws:PrincipalArn"));
        let asks_for_names = asked.any(|condition| condition.values.iter().any(|value| value.text.contains("user/")));
        self.are_all &= !(asks_for_names && in_place.iter().any(|name| has_wildcard(name)));
        self.names_of_users.extend(in_place);
        self.names_of_users.sort_unstable();
        self.names_of_users.dedup();
        if self.names_of_users.is_empty() {
            return;
        }
        let tokens = |text: &&str| pattern::tokens(text);
        let tracks: Vec<_> = self.names_of_users.iter().map(tokens).collect();
        let no_name: Vec<_> = ["*/*", "*:*", "* *"].iter().map(tokens).collect();
        let (names, are_told) = if work.get() <= MOST_WORK {
            partition(&[vec![pattern::tokens("?*")]], &no_name, &tracks, Case::Sensitive, work)
        } else {
            (Vec::new(), false)
        };
        self.are_all &= are_told && names.len() <= MOST_NAMES;
        self.names.extend(names.into_iter().take(MOST_NAMES));
        self.names.sort_unstable();
        self.names.dedup();
    }

    /// Adds names in upper and lower case, where conditions take no account of it. Where others do and know the name, there may be more
    /// spellings than these.
    fn add_other_spellings(&mut self, conditions: &[&Condition]) {
        let asked = conditions
            .iter()
            .filter(|condition| condition.key.eq_ignore_ascii_case("aws:username"));
        let (without_case, with_case): (Vec<&Condition>, Vec<&Condition>) =
            asked.partition(|condition| condition.operator.kind.name().ends_with("IgnoreCase"));
        let values = |conditions: &[&Condition]| -> Vec<String> {
            let values = conditions.iter().flat_map(|condition| &condition.values);
            values.map(|value| value.text.clone()).collect()
        };
        let patterns = values(&with_case);
        let in_place: Vec<&str> = self.in_place_of("aws:username").collect();
        let knows = |pattern: &str, name: &str| pattern::matches(pattern, name, Case::Insensitive);
        for name in values(&without_case) {
            self.are_all &= !patterns.iter().any(|pattern| knows(pattern, &name));
            self.are_all &= !in_place.iter().any(|pattern| knows(pattern, &name));
            self.names
                .extend([name.to_ascii_lowercase(), name.to_ascii_uppercase()]);
        }
    }

    pub(super) fn in_place_of<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'p str> + 's {
        let of_key = self.in_place.iter().filter(move |(known, _)| *known == key);
        of_key.flat_map(|(_, texts)| texts.iter().copied())
    }

    /// Accounts in the place of variables.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &'p str> + '_ {
        let texts = KEYS_OF_ACCOUNTS.into_iter().flat_map(|key| self.in_place_of(key));
        texts.filter(|text| is_account_id(text))
    }

    /// What stands in the place of the owner, perhaps with wildcards.
    pub(super) fn owners(&self) -> impl Iterator<Item = &'p str> + '_ {
        let keys = KEYS_OF_ACCOUNTS.into_iter().filter(|key| is_of_owner(key));
        keys.flat_map(|key| self.in_place_of(key))
    }

    /// What the texts of both policies see of a request's variables.
    pub(super) fn view(&self, request: &Request) -> Vec<bool> {
        let mut view = Vec::new();
        for (key, texts) in &self.in_place {
            let values = request.values(key);
            let value = values.iter().flatten().next();
            let is = |text: &&str| value.is_some_and(|value| pattern::matches(text, value, Case::Sensitive));
            view.extend(texts.iter().map(is));
        }
        if self.speaks_of_kinds {
            let kind = request.caller.principal_type();
            let kinds = ["Anonymous", "Account", "User", "AssumedRole", "FederatedUser"];
            view.extend(kinds.map(|known| kind == Some(known)));
        }
        if let Some(owner) = &request.resource_account {
            view.push(request.caller.account() == Some(owner));
            view.extend(self.named_owners.iter().map(|known| known == owner));
        }
        view
    }
}

/// Whether resources name a part of their owner, of which not all are tried.
fn leave_owners_open(before: &Policy, after: &Policy) -> bool {
    let resources = statements(before, after).filter_map(|(statement, _)| statement.resource.as_ref());
    let mut patterns = resources.flat_map(|element| &element.patterns);
    patterns.any(|pattern| {
        let account = Arn::read(&pattern.text).map_or("", |arn| arn.account);
        account != "*" && has_wildcard(account)
    })
}

fn is_of_owner(key: &str) -> bool {
    ["aws:ResourceAccount", "s3:ResourceAccount"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(key))
}

fn speaks_of_owner(compared: &[Compared<'_>]) -> bool {
    KEYS_OF_ACCOUNTS
        .iter()
        .any(|key| is_of_owner(key) && speak_of(key, compared))
}
