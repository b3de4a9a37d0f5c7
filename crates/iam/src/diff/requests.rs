//! Requests that may tell two policies apart: for each combination of the patterns of both policies one action and one
//! resource.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::circumstances::Place;
use super::values::given;
use crate::actions::list;
use crate::arn::{Arn, complete, is_account_id};
use crate::document::{Element, Polarity, Policy, Statement, Version};
use crate::evaluate::{self, Request};
use crate::pattern::language::{partition, partition_of_arns};
use crate::pattern::{self, Case, Token, has_wildcard};

/// The most steps of pattern automata for one comparison; past it each pattern stands for one plain text.
pub(super) const MOST_WORK: u64 = 8_000_000;

/// Texts, and whether they tell all patterns apart.
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    pub(super) is_complete: bool,
}

/// One action for each combination of action patterns of both policies: first those that AWS has published, as AWS spells them. The
/// number says how many those are; the others are texts of the same form, for combinations that no published action has.
pub(super) fn actions(before: &Policy, after: &Policy, work: &Cell<u64>) -> (Texts, usize) {
    let all = || statements(before, after).flat_map(|(statement, _)| &statement.action.patterns);
    let mut patterns: Vec<String> = all().map(|pattern| pattern.text.to_ascii_lowercase()).collect();
    patterns.sort_unstable();
    patterns.dedup();
    let view = |text: &str| -> Vec<bool> {
        let matches = |pattern: &String| pattern::matches(pattern, text, Case::Insensitive);
        patterns.iter().map(matches).collect()
    };
    let mut found = published(&patterns, &services_of_resources(before, after));
    let published = found.len();
    let mut views: HashSet<Vec<bool>> = found.iter().map(|action| view(action)).collect();
    let tracks = patterns.iter().map(|pattern| pattern::tokens(pattern)).collect();
    let shape = [vec![pattern::tokens("?*:?*")]];
    let others = texts(tracks, work, |tracks| {
        partition(&shape, &[], tracks, Case::Insensitive, work)
    });
    // What a policy names stands as it is spelled there.
    let named = all()
        .map(|pattern| pattern.text.clone())
        .filter(|text| !has_wildcard(text));
    for text in named.chain(others.texts) {
        let is_action = text
            .split_once(':')
            .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if is_action && views.insert(view(&text)) {
            found.push(text);
        }
    }
    let texts = Texts {
        texts: found,
        is_complete: others.is_complete,
    };
    (texts, published)
}

/// One published action for each combination of the patterns, of these services if there is one.
fn published(patterns: &[String], services: &[String]) -> Vec<String> {
    // All in one class first; each pattern splits off what it matches of each class.
    let mut classes = vec![0usize; list().len()];
    let mut count = 1;
    for pattern in patterns {
        let mut split: HashMap<usize, usize> = HashMap::new();
        for position in list().positions(pattern).into_iter().flatten() {
            let Some(class) = classes.get_mut(position) else {
                continue;
            };
            *class = *split.entry(*class).or_insert_with(|| {
                count += 1;
                count - 1
            });
        }
    }
    let (of_services, others): (Vec<_>, Vec<_>) = list()
        .all()
        .zip(classes)
        .partition(|(info, _)| services.iter().any(|service| service == info.service));
    let mut known = HashSet::new();
    let each = of_services.into_iter().chain(others);
    each.filter(|(_, class)| known.insert(*class))
        .map(|(info, _)| info.full_name())
        .collect()
}

/// The services whose resources the policies are about.
fn services_of_resources(before: &Policy, after: &Policy) -> Vec<String> {
    let resources = statements(before, after).filter_map(|(statement, _)| statement.resource.as_ref());
    let mut services: Vec<String> = resources
        .flat_map(|element| &element.patterns)
        .filter_map(|pattern| Some(Arn::read(&complete(&pattern.text))?.service.to_owned()))
        .collect();
    services.sort_unstable();
    services.dedup();
    services
}

/// One resource for each combination of resource patterns, as they read for this caller.
pub(super) fn resources(before: &Policy, after: &Policy, base: &Request, work: &Cell<u64>) -> Texts {
    let mut is_complete = true;
    let mut tracks = Vec::new();
    for (element, version) in
        statements(before, after).filter_map(|(statement, policy)| Some((statement.resource.as_ref()?, policy.version)))
    {
        for pattern in &element.patterns {
            // A variable for what the caller has not matches nothing.
            tracks.extend(evaluate::resource_tokens(&pattern.text, version, base));
            is_complete &= free_keys(&pattern.text, version, base).is_empty();
        }
    }
    let mut found = texts(tracks.clone(), work, |tracks| partition_of_arns(tracks, work));
    add_exceptional(&mut found, &tracks);
    let count = found.texts.len();
    found.texts = std::mem::take(&mut found.texts)
        .into_iter()
        .filter_map(|text| of_some_account(text, &tracks, base))
        .collect();
    found.is_complete &= is_complete && found.texts.len() == count;
    found
}

/// Beside ARNs that there may be: what actions without resources ask for, `*`, in place of an ARN that is the same to all patterns, and a
/// text for each pattern that no such ARN matches; what else that one matches, nobody knows. A search that was cut short has such texts,
/// and is no shorter for what is the same.
fn add_exceptional(found: &mut Texts, patterns: &[Vec<Token>]) {
    let matches = |tokens: &[Token], text: &str| pattern::tokens_match(tokens, text, Case::Sensitive);
    let everything = "*".to_owned();
    let is_like_everything = |text: &String| {
        let mut patterns = patterns.iter();
        patterns.all(|tokens| matches(tokens, text) == matches(tokens, &everything))
    };
    if found.is_complete {
        found.texts.retain(|text| !is_like_everything(text));
        let is_exceptional = |tokens: &&Vec<Token>| !found.texts.iter().any(|text| matches(tokens, text));
        let exceptional: Vec<String> = patterns
            .iter()
            .filter(is_exceptional)
            .filter(|tokens| !matches(tokens, &everything))
            .map(|tokens| plain(tokens))
            .collect();
        found.is_complete = exceptional.is_empty();
        found.texts.extend(exceptional);
    }
    found.texts.insert(0, everything);
}

/// The resource as one of its owner, or of an account that there may be, where the patterns that it matches leave the account open;
/// `None` where no such account was found. Source: IAM User Guide, "Amazon Resource Names (ARNs)": an account's id has twelve digits; some
/// resources have none in their ARN, and those of AWS have `aws`.
fn of_some_account(text: String, patterns: &[Vec<Token>], base: &Request) -> Option<String> {
    let Some(arn) = Arn::read(&text) else {
        return Some(text);
    };
    let owner = base.resource_account.as_deref();
    let is_of_account = is_account_id(arn.account);
    let is_settled = is_of_account && owner.is_none_or(|owner| owner == arn.account);
    if is_settled || arn.account == "aws" || arn.bucket().is_some() {
        return Some(text);
    }
    let view = |text: &str| -> Vec<bool> {
        let matches = |tokens: &Vec<Token>| pattern::tokens_match(tokens, text, Case::Sensitive);
        patterns.iter().map(matches).collect()
    };
    let seen = view(&text);
    let own = base.caller.account().unwrap_or(SOME_ACCOUNT);
    // What the patterns spell of an id, filled up in some place with some digit.
    let spelled: String = arn.account.chars().filter(char::is_ascii_digit).collect();
    let filled = (0..=spelled.len()).flat_map(|place| {
        let (head, tail) = spelled.split_at(place);
        let missing = 12usize.saturating_sub(spelled.len());
        ('0'..='9').map(move |digit| format!("{head}{}{tail}", digit.to_string().repeat(missing)))
    });
    let accounts = owner
        .into_iter()
        .chain([own, SOME_ACCOUNT, "999988887777"])
        .map(str::to_owned)
        .chain(filled);
    let named = accounts.filter(|account| is_account_id(account)).map(|account| {
        format!(
            "arn:{}:{}:{}:{account}:{}",
            arn.partition, arn.service, arn.region, arn.resource
        )
    });
    let found = named.into_iter().find(|named| view(named) == seen);
    let may_stay = is_of_account || arn.account.is_empty();
    found.or_else(|| may_stay.then_some(text))
}

/// An account that stands for any.
pub(super) const SOME_ACCOUNT: &str = "111122223333";

/// Whether a text has a variable for what requests of this caller never have.
pub(super) fn is_never_set(text: &str, version: Version, base: &Request) -> bool {
    let open = evaluate::open_keys(text, version, base);
    open.iter().any(|key| is_lacking(key, base))
}

/// The keys of variables in a text that requests of this caller may have, and of which the request does not say whether it has them.
pub(super) fn free_keys<'t>(text: &'t str, version: Version, base: &Request) -> Vec<&'t str> {
    if !evaluate::has_variable(text, version) {
        return Vec::new();
    }
    let of_variables = evaluate::variables(text);
    of_variables
        .filter(|key| base.values(key).is_none() && !is_lacking(key, base))
        .collect()
}

/// Whether requests of this caller never have the key, or this one is told not to.
fn is_lacking(key: &str, base: &Request) -> bool {
    match base.values(key) {
        Some(values) => values.is_empty(),
        None => [Place::Internet, Place::VpcEndpoint]
            .into_iter()
            .all(|place| given(key, base, place).is_some()),
    }
}

/// Whether resources read differently from caller to caller.
pub(super) fn have_resources_variables(before: &Policy, after: &Policy) -> bool {
    statements(before, after)
        .filter_map(|(statement, policy)| Some((statement.resource.as_ref()?, policy.version)))
        .any(|(element, version)| {
            element
                .patterns
                .iter()
                .any(|pattern| evaluate::has_variable(&pattern.text, version))
        })
}

/// One text for each combination of the patterns that the search finds.
fn texts(
    mut tracks: Vec<Vec<Token>>,
    work: &Cell<u64>,
    search: impl FnOnce(&[Vec<Token>]) -> (Vec<String>, bool),
) -> Texts {
    tracks.sort_unstable();
    tracks.dedup();
    let mut found = Texts {
        texts: Vec::new(),
        is_complete: false,
    };
    if work.get() <= MOST_WORK {
        let (texts, is_complete) = search(&tracks);
        found = Texts { texts, is_complete };
    }
    if !found.is_complete {
        // At least one for each pattern.
        for text in tracks.iter().map(|tokens| plain(tokens)) {
            if !found.texts.contains(&text) {
                found.texts.push(text);
            }
        }
    }
    found
}

/// The plainest text that the pattern matches.
fn plain(pattern: &[Token]) -> String {
    let characters = pattern.iter().map(|token| match token {
        Token::Character(character) => *character,
        Token::Run | Token::One => 'x',
    });
    characters.collect()
}

/// The account that the ARN of a resource names, which owns it.
pub(super) fn owner_in(resource: &str) -> Option<&str> {
    let account = Arn::read(resource)?.account;
    is_account_id(account).then_some(account)
}

/// Every statement of both policies, with its policy.
pub(super) fn statements<'p>(
    before: &'p Policy,
    after: &'p Policy,
) -> impl Iterator<Item = (&'p Statement, &'p Policy)> + Clone {
    let of = |policy: &'p Policy| policy.statements.iter().map(move |statement| (statement, policy));
    of(before).chain(of(after))
}

/// What a difference is called by: the patterns of an element that a text falls under.
pub(super) fn listing<'e>(
    element: &'e Element,
    matches: impl Fn(&str) -> bool + 'e,
) -> impl Iterator<Item = String> + 'e {
    let is_not = element.polarity == Polarity::Not;
    let whole = is_not.then(|| super::words(element).join(", "));
    let each = element
        .patterns
        .iter()
        .filter(move |pattern| !is_not && matches(&pattern.text))
        .map(|pattern| pattern.text.clone());
    whole.into_iter().chain(each)
}
