//! Requests that may tell two policies apart: for each combination of the patterns of both policies one action and one
//! resource, and a caller for each way in which both see callers.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::circumstances::names_caller;
use crate::AccountDirectory;
use crate::actions::list;
use crate::arn::{Arn, account_of, complete, is_account_id};
use crate::document::{Condition, Element, Polarity, Policy, PrincipalKind, Statement, Version};
use crate::evaluate::{self, Caller, Request};
use crate::keys::{Authority, authority, follows_from_caller};
use crate::pattern::language::{partition, partition_of_arns};
use crate::pattern::{self, Case, Token, has_wildcard};
use crate::reach::{
    ArnKind, Effort, Strangers, about_account, are_plain, principals_of, service_besides, with_account,
};

/// The most steps of pattern automata for one comparison; past it each pattern stands for one plain text.
const MOST_WORK: u64 = 8_000_000;
/// The most callers.
const MOST_CALLERS: usize = 64;
/// The most ways in which two policies are asked how they see a caller.
const MOST_LOOKS: usize = 200_000;

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
            match evaluate::resource_tokens(&pattern.text, version, base) {
                Some(tokens) => tracks.push(tokens),
                // A variable for what the caller has not matches nothing.
                None => is_complete &= is_never_set(&pattern.text, version, base),
            }
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

/// The resource as one of an account that there may be, where the patterns that it matches leave the account open; `None` where no such
/// account was found. Source: IAM User Guide, "Amazon Resource Names (ARNs)": an account's id has twelve digits; some resources have none
/// in their ARN, and those of AWS have `aws`.
fn of_some_account(text: String, patterns: &[Vec<Token>], base: &Request) -> Option<String> {
    let Some(arn) = Arn::read(&text) else {
        return Some(text);
    };
    if is_account_id(arn.account) || arn.account == "aws" || arn.bucket().is_some() {
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
    let accounts = [own, SOME_ACCOUNT, "999988887777"]
        .map(str::to_owned)
        .into_iter()
        .chain(filled);
    let named = accounts.filter(|account| is_account_id(account)).map(|account| {
        format!(
            "arn:{}:{}:{}:{account}:{}",
            arn.partition, arn.service, arn.region, arn.resource
        )
    });
    let found = named.into_iter().find(|named| view(named) == seen);
    let may_have_none = arn.account.is_empty();
    found.or_else(|| may_have_none.then_some(text))
}

/// An account that stands for any.
const SOME_ACCOUNT: &str = "111122223333";

/// Whether a text has a variable for what requests of this caller never have.
pub(super) fn is_never_set(text: &str, version: Version, base: &Request) -> bool {
    let is_own = |key: &&str| follows_from_caller(key) && !key.eq_ignore_ascii_case("aws:ResourceAccount");
    evaluate::open_keys(text, version, base).iter().any(is_own)
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

/// Callers that the policies see differently, the plainest of each kind.
pub(super) fn callers(before: &Policy, after: &Policy, work: &Cell<u64>) -> (Vec<Request>, bool) {
    let mut found: Vec<Request> = Vec::new();
    let mut views: Vec<Vec<bool>> = Vec::new();
    let mut looks = 0;
    let (names, are_all_names) = names_in_resources(before, after);
    let (suggested, are_all) = suggested_callers(before, after, &names, work);
    for request in suggested {
        looks += before.statements.len() + after.statements.len();
        if looks > MOST_LOOKS || found.len() == MOST_CALLERS {
            return (found, false);
        }
        let mut view = view(&request, before, after);
        let name = request.values("aws:username");
        let name = name.iter().flatten().next();
        view.extend(names.iter().map(|known| name.is_some_and(|name| name == known)));
        if !views.contains(&view) {
            views.push(view);
            found.push(request);
        }
    }
    (found, are_all && are_all_names)
}

/// The most names of users that are told apart.
const MOST_NAMES: usize = 8;

/// Names that stand in resources of one statement where another has the requester's name as a variable, and whether these are all.
fn names_in_resources(before: &Policy, after: &Policy) -> (Vec<String>, bool) {
    let patterns = || {
        let resources = statements(before, after).filter_map(|(statement, _)| statement.resource.as_ref());
        resources
            .flat_map(|element| &element.patterns)
            .map(|pattern| pattern.text.as_str())
    };
    let is_variable = |text: &str| text.to_ascii_lowercase().contains("${aws:username");
    if !patterns().any(is_variable) {
        return (Vec::new(), true);
    }
    let parts = patterns()
        .filter(|text| !text.contains("${"))
        .flat_map(|text| text.split(['/', ':']).skip(5));
    let mut names: Vec<String> = parts
        .filter(|part| !part.is_empty() && *part != "*")
        .map(|part| part.replace(['*', '?'], "x"))
        .collect();
    names.sort_unstable();
    names.dedup();
    let are_all = names.len() <= MOST_NAMES;
    names.truncate(MOST_NAMES);
    (names, are_all)
}

/// How both policies see a caller: which principals cover it, which conditions on keys that follow from it hold, which variables it has
/// no value for, and what kind of requester it is, which decides the other keys.
fn view(request: &Request, before: &Policy, after: &Policy) -> Vec<bool> {
    let mut view = vec![
        matches!(request.caller, Caller::Service { .. }),
        matches!(request.caller, Caller::Federated { .. }),
        request.caller.account().is_some(),
    ];
    for (statement, policy) in statements(before, after) {
        view.push(names_caller(statement, request));
        let about_caller = statement
            .conditions
            .iter()
            .filter(|condition| follows_from_caller(&condition.key));
        view.extend(about_caller.map(|condition| {
            let values = request.values(&condition.key);
            let values: Option<Vec<&str>> = values.as_ref().map(|values| values.iter().map(AsRef::as_ref).collect());
            evaluate::holds_for(condition, policy.version, values.as_deref(), request)
        }));
        let resources = statement.resource.iter().flat_map(|element| &element.patterns);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        let with_variables = resources
            .chain(values)
            .filter(|text| evaluate::has_variable(&text.text, policy.version));
        view.extend(with_variables.map(|text| is_never_set(&text.text, policy.version, request)));
    }
    view
}

fn suggested_callers(
    before: &Policy,
    after: &Policy,
    names_in_resources: &[String],
    work: &Cell<u64>,
) -> (Vec<Request>, bool) {
    let mut callers: Vec<Caller> = Vec::new();
    let mut canonical_users: Vec<&str> = Vec::new();
    let conditions = || {
        let all = statements(before, after).flat_map(|(statement, _)| &statement.conditions);
        all.collect::<Vec<&Condition>>()
    };
    let named = |wanted: Authority| {
        let of_interest = conditions()
            .into_iter()
            .filter(move |condition| authority(&condition.key) == wanted);
        of_interest
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str())
            .collect::<Vec<&str>>()
    };
    let entries: Vec<_> = statements(before, after)
        .filter_map(|(statement, _)| statement.principal.as_ref())
        .flat_map(|element| &element.entries)
        .collect();
    let has_principals = !entries.is_empty();
    let mut arns: Vec<&str> = named(Authority::CallerArn);
    let mut accounts: Vec<String> = Vec::new();
    if has_principals {
        callers.push(Caller::Anonymous);
    }
    for entry in &entries {
        let value = entry.value.as_str();
        match entry.kind {
            PrincipalKind::Anyone => {}
            PrincipalKind::Aws => {
                // Before anything else: an origin access identity has no account.
                if value.contains(":user/") && !has_wildcard(value) {
                    callers.push(Caller::User { arn: value.to_owned() });
                } else if !value.ends_with(":root") {
                    callers.extend(Caller::read(value).filter(|caller| *caller != Caller::Anonymous));
                }
                arns.push(value);
            }
            PrincipalKind::Service => callers.push(Caller::Service {
                name: value.replace('*', "sns"),
            }),
            PrincipalKind::Federated => callers.push(Caller::Federated {
                provider: value.replace('*', "strangers.example"),
            }),
            PrincipalKind::CanonicalUser => canonical_users.push(value),
        }
    }
    let by_account = named(Authority::CallerAccount);
    let texts = arns.iter().chain(&by_account);
    accounts.extend(texts.filter_map(|text| account_of(text)).map(str::to_owned));
    let strangers = Strangers::of(&[before, after], &AccountDirectory::new());
    accounts.extend(strangers.accounts);
    if has_principals {
        let services = named(Authority::CallerIsService);
        let services = services.iter().filter(|name| name.contains('.'));
        callers.extend(services.map(|name| Caller::Service {
            name: name.replace('*', "sns"),
        }));
        // And one that neither names.
        let asked = named(Authority::CallerIsService);
        callers.push(service_besides(|name| {
            let mut known = entries
                .iter()
                .map(|entry| entry.value.as_str())
                .chain(asked.iter().copied());
            known.any(|known| known.eq_ignore_ascii_case(name))
        }));
    } else {
        accounts.push(SOME_ACCOUNT.to_owned());
    }
    accounts.sort_unstable();
    accounts.dedup();
    let names: Vec<&str> = conditions()
        .iter()
        .filter(|condition| condition.key.eq_ignore_ascii_case("aws:username"))
        .flat_map(|condition| &condition.values)
        .map(|value| value.text.as_str())
        .chain(names_in_resources.iter().map(String::as_str))
        .collect();
    // Users of these names, without a path and in any.
    let asked_names = named_users(&conditions());
    let telling = || arns.iter().copied().chain(asked_names.iter().map(String::as_str));
    let mut are_all = strangers.are_all;
    let effort = Effort { work, most: MOST_WORK };
    for account in &accounts {
        let about: Vec<&str> = about_account(telling(), account).collect();
        if !are_plain(about.iter().copied(), ArnKind::Principal) {
            let combined = principals_of(account, &about, (None, "aws"), effort);
            callers.extend(combined.found);
            are_all &= combined.are_all;
        }
        callers.push(user(account, "witness"));
        callers.push(role(account, "witness"));
        if has_principals {
            callers.push(Caller::Root {
                account: account.clone(),
            });
        }
        callers.extend(names.iter().map(|name| user(account, &name.replace(['*', '?'], "x"))));
        for arn in &arns {
            let made = with_account(arn, std::slice::from_ref(account), "aws");
            callers.extend(
                made.iter()
                    .filter_map(|arn| Caller::read(arn))
                    .filter(|caller| caller.account().is_some()),
            );
            // A role and a user of the same name, where a pattern leaves open which.
            if arn.contains(":*/") || arn.ends_with(":*") || *arn == "*" {
                callers.push(role(account, "x"));
                callers.push(user(account, "x"));
            }
        }
    }
    let mut found: Vec<Request> = callers.into_iter().map(|caller| Request::new(caller, "", "")).collect();
    // Whose account the id is, is not said: it may be anybody's.
    let with_account: Vec<Request> = found
        .iter()
        .filter(|request| request.caller.account().is_some())
        .cloned()
        .collect();
    for id in canonical_users {
        found.extend(with_account.iter().map(|request| Request {
            canonical_user: Some(id.to_owned()),
            ..request.clone()
        }));
    }
    if speak_of_owner(before, after) {
        // The owner's own callers, and others. An account in a resource's ARN is its owner.
        let resources = statements(before, after).filter_map(|(statement, _)| statement.resource.as_ref());
        let mut owners: Vec<&str> = resources
            .flat_map(|element| &element.patterns)
            .filter_map(|pattern| owner_in(&pattern.text))
            .collect();
        owners.sort_unstable();
        owners.dedup();
        are_all &= owners.len() <= MOST_OWNERS;
        owners.truncate(MOST_OWNERS);
        owners.insert(0, OWNER);
        let by_own = found
            .iter()
            .filter_map(|request| Some(request.clone().owned_by(request.caller.account()?)));
        let by_others = owners
            .iter()
            .flat_map(|owner| found.iter().map(|request| request.clone().owned_by(*owner)));
        found = by_others.chain(by_own).collect();
    }
    (found, are_all)
}

/// The account that the ARN of a resource names, which owns it.
pub(super) fn owner_in(resource: &str) -> Option<&str> {
    let account = Arn::read(resource)?.account;
    is_account_id(account).then_some(account)
}

fn named_users(conditions: &[&Condition]) -> Vec<String> {
    let asked = conditions
        .iter()
        .filter(|condition| condition.key.eq_ignore_ascii_case("aws:username"));
    asked
        .flat_map(|condition| &condition.values)
        .flat_map(|value| ["", "*/"].map(|path| format!("arn:aws:iam::*:user/{path}{}", value.text)))
        .collect()
}

/// An owner of resources that no policy names.
const OWNER: &str = "121212343434";
/// The most owners that resources name.
const MOST_OWNERS: usize = 4;

/// Whether the policies speak of the owner of the resource in variables only.
fn speak_of_owner(before: &Policy, after: &Policy) -> bool {
    let key = "aws:resourceaccount";
    let mentions = |text: &str| text.to_ascii_lowercase().contains(&format!("${{{key}"));
    let asks = |condition: &Condition| condition.key.eq_ignore_ascii_case(key);
    let has_variable = |(statement, _): (&Statement, &Policy)| {
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        let resources = statement.resource.iter().flat_map(|element| &element.patterns);
        values.chain(resources).any(|text| mentions(&text.text))
    };
    statements(before, after).any(has_variable)
        && !statements(before, after).any(|(statement, _)| statement.conditions.iter().any(asks))
}

fn user(account: &str, name: &str) -> Caller {
    Caller::User {
        arn: format!("arn:aws:iam::{account}:user/{name}"),
    }
}

fn role(account: &str, name: &str) -> Caller {
    Caller::RoleSession {
        role_arn: format!("arn:aws:iam::{account}:role/{name}"),
        session: "session".to_owned(),
    }
}

/// Every statement of both policies, with its policy.
fn statements<'p>(before: &'p Policy, after: &'p Policy) -> impl Iterator<Item = (&'p Statement, &'p Policy)> {
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
