//! Requests that policies are about: random ones, changed so that an Allow statement is likely to let them in. Without that, few would get
//! in anywhere, and a class that is wrongly excluded would go unnoticed.

use std::net::IpAddr;

use ipnet::IpNet;
use security_monkey_iam::arn::{Arn, account_of, is_account_id};
use security_monkey_iam::cidr::read_network;
use security_monkey_iam::document::{
    Condition, Effect, OperatorKind, Polarity, Policy, PrincipalKind, Quantifier, Statement,
};
use security_monkey_iam::evaluate::{Caller, Request};
use security_monkey_iam::pattern::{self, Case};

use super::generate::STRANGER;
use super::requests::{act_for, set_organisation, set_repository};

/// Choices that follow from a number (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % count as u64).unwrap()
    }

    fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.below(all.len())])
    }
}

/// What may be asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The actions there are.
    pub(super) actions: &'a [&'a str],
    /// The resource that the policy is of.
    pub(super) resource: &'a str,
}

/// The request, with most of what an Allow statement of the policy asks for, and as a rule outside of its Denies.
pub(super) fn aimed(mut request: Request, policy: &Policy, asked: Asked<'_>, dice: &mut Dice) -> Request {
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) = policy
        .statements
        .iter()
        .partition(|statement| statement.effect == Effect::Allow);
    let Some(allow) = dice.one_of(&allows) else {
        return request;
    };
    if dice.is_one_in(5) {
        return request;
    }
    if !is_stranger(&request) && !dice.is_one_in(6) {
        become_named(&mut request, allow, dice);
    }
    if !dice.is_one_in(6) {
        aim_at_what(&mut request, allow, asked, dice);
    }
    for deny in denies.iter().filter(|_| policy.statements.len() < 6) {
        if let Some(condition) = dice.one_of(&deny.conditions) {
            meet(&mut request, condition, Wish::Fails, dice);
        }
    }
    for condition in &allow.conditions {
        if !dice.is_one_in(10) {
            meet(&mut request, condition, Wish::Holds, dice);
        }
    }
    request
}

/// Somebody whom no policy names, who stays so.
fn is_stranger(request: &Request) -> bool {
    match request.caller {
        Caller::Anonymous | Caller::Federated { .. } => true,
        _ => request.caller.account() == Some(STRANGER),
    }
}

fn become_named(request: &mut Request, allow: &Statement, dice: &mut Dice) {
    let Some(element) = &allow.principal else { return };
    let Some(entry) = dice.one_of(&element.entries) else {
        return;
    };
    let is_service = matches!(request.caller, Caller::Service { .. });
    if element.polarity == Polarity::Not || is_service != (entry.kind == PrincipalKind::Service) {
        return;
    }
    match entry.kind {
        PrincipalKind::Aws => become_like(request, &entry.value, dice),
        PrincipalKind::Service => {
            request.caller = Caller::Service {
                name: entry.value.clone(),
            }
        }
        _ => {}
    }
}

/// Somebody whose account or ARN the pattern matches, if the request is of somebody with an account.
fn become_like(request: &mut Request, wanted: &str, dice: &mut Dice) {
    let Some(own) = request.caller.account().map(str::to_owned) else {
        return;
    };
    let account = account_of(wanted).unwrap_or(&own).to_owned();
    let wanted = wanted.replace("${aws:ResourceAccount}", "111111111111");
    let caller = match Arn::read(&wanted) {
        Some(arn) if arn.resource == "root" => with_account(&request.caller, &account),
        Some(arn) => {
            let resource = match instance(arn.resource, dice) {
                // Names are not empty.
                resource if resource.ends_with('/') => format!("{resource}x"),
                resource if resource.contains('/') => resource,
                _ => "role/x".to_owned(),
            };
            Caller::read(&format!("arn:aws:iam::{account}:{resource}"))
        }
        None if is_account_id(&wanted) => with_account(&request.caller, &account),
        None => Caller::read(&instance(&wanted, dice)).or_else(|| {
            let end = wanted.rsplit(':').next().unwrap_or_default();
            let name = instance(end.trim_start_matches('*'), dice);
            let kinds = ["", "role/", "user/"];
            let kind = dice.one_of(&kinds)?;
            Caller::read(&format!("arn:aws:iam::{account}:{kind}{name}"))
        }),
    };
    let fits = |caller: &Caller| {
        let is_named = caller.principal_arn().is_some_and(|arn| !arn.ends_with('/'));
        is_named && caller.account().is_some_and(is_account_id)
    };
    if let Some(caller) = caller.filter(fits) {
        request.caller = caller;
        request.canonical_user = None;
    }
}

fn with_account(caller: &Caller, account: &str) -> Option<Caller> {
    let arn = caller.principal_arn()?;
    Caller::read(&arn.replacen(account_of(&arn)?, account, 1))
}

/// An action and a resource of the statement.
fn aim_at_what(request: &mut Request, allow: &Statement, asked: Asked<'_>, dice: &mut Dice) {
    let wanted = |action: &&&str| {
        let mut patterns = allow.action.patterns.iter();
        let is_listed = patterns.any(|pattern| pattern::matches(&pattern.text, action, Case::Insensitive));
        is_listed == (allow.action.polarity == Polarity::Is)
    };
    let actions: Vec<&&str> = asked.actions.iter().filter(wanted).collect();
    if let Some(action) = dice.one_of(&actions) {
        (**action).clone_into(&mut request.action);
    }
    let Some(element) = allow.resource.as_ref().filter(|_| !asked.resource.is_empty()) else {
        return;
    };
    if let Some(pattern) = dice
        .one_of(&element.patterns)
        .filter(|_| element.polarity == Polarity::Is)
    {
        let own = request.resource_account.as_deref().unwrap_or("*");
        let pattern = for_caller(&pattern.text, request).replace("::*:", &format!("::{own}:"));
        let resource = instance(&pattern, dice);
        let is_inside = |rest: &str| rest.is_empty() || rest.starts_with('/') || asked.resource.ends_with(':');
        if resource.strip_prefix(asked.resource).is_some_and(is_inside) {
            request.resource = resource;
        }
    }
}

/// The pattern with what stands for its variables.
fn for_caller(pattern: &str, request: &Request) -> String {
    let of = |key: &str, default: &str| {
        request
            .values(key)
            .map_or(default.to_owned(), |values| values[0].to_string())
    };
    pattern
        .replace("${aws:username}", &of("aws:username", "bob"))
        .replace("${aws:ResourceAccount}", "111111111111")
        .replace("${aws:PrincipalAccount}", &of("aws:PrincipalAccount", "222222222222"))
        .replace("${aws:PrincipalType}", &of("aws:PrincipalType", "User"))
}

/// A text that the pattern matches.
fn instance(pattern: &str, dice: &mut Dice) -> String {
    let mut text = String::new();
    for character in pattern.chars() {
        match character {
            '*' => text.push_str(["", "x", "app", "a/b", "x-prod"][dice.below(5)]),
            '?' => text.push('x'),
            other => text.push(other),
        }
    }
    text
}

/// What is wanted of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Holds,
    Fails,
}

/// Gives the condition's key a value that is likely to do as wished, if a requester like this one can have it.
fn meet(request: &mut Request, condition: &Condition, wish: Wish, dice: &mut Dice) {
    let key = condition.key.to_ascii_lowercase();
    let kind = condition.operator.kind;
    if kind == OperatorKind::Null {
        let wants_absence = condition.values.iter().any(|value| value.text == "true") == (wish == Wish::Holds);
        if wants_absence {
            remove(request, &key);
        }
        return;
    }
    let is_meant = kind.is_negated() == (wish == Wish::Fails);
    let Some(value) = dice.one_of(&condition.values) else {
        return;
    };
    let pattern = for_caller(&value.text, request);
    let text = match kind {
        OperatorKind::IpAddress | OperatorKind::NotIpAddress => {
            read_network(&pattern).map_or(pattern, |network| address(network, is_meant, dice).to_string())
        }
        _ if is_meant => instance(&pattern, dice),
        OperatorKind::Bool => (pattern != "true").to_string(),
        OperatorKind::NumericLessThan => (pattern.parse().unwrap_or(0) + dice.below(2)).to_string(),
        _ => format!("{}x", instance(&pattern, dice)),
    };
    let text = near(kind, text, dice);
    let is_absence_better = condition.operator.if_exists || kind.is_negated() == (wish == Wish::Holds);
    if is_absence_better && dice.is_one_in(4) {
        remove(request, &key);
    } else {
        set(request, &key, text, condition, dice);
    }
}

/// Another case where case does not count, the neighbours of numbers.
fn near(kind: OperatorKind, text: String, dice: &mut Dice) -> String {
    match kind {
        OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase => text.to_ascii_uppercase(),
        OperatorKind::NumericLessThan | OperatorKind::NumericLessThanEquals if dice.is_one_in(2) => text
            .parse::<u64>()
            .map_or(text, |number| (number.max(1) - 1).to_string()),
        OperatorKind::NumericGreaterThan | OperatorKind::NumericGreaterThanEquals if dice.is_one_in(2) => {
            text.parse::<u64>().map_or(text, |number| (number + 1).to_string())
        }
        // Days with their time, or a second beside it.
        OperatorKind::DateLessThan | OperatorKind::DateLessThanEquals => "2023-12-31T23:59:59Z".to_owned(),
        OperatorKind::DateGreaterThan => "2031-01-01T00:00:00Z".to_owned(),
        OperatorKind::DateGreaterThanEquals if text.len() == 10 => format!("{text}T00:00:00Z"),
        _ => text,
    }
}

/// An address at the edge of a network, inside or beside it.
fn address(network: IpNet, is_inside: bool, dice: &mut Dice) -> IpAddr {
    let (first, last) = (network.network(), network.broadcast());
    if is_inside {
        return if dice.is_one_in(2) { first } else { last };
    }
    let (below, above) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (
            IpAddr::V4(u32::from(first).wrapping_sub(1).into()),
            IpAddr::V4(u32::from(last).wrapping_add(1).into()),
        ),
        (IpAddr::V6(first), IpAddr::V6(last)) => (
            IpAddr::V6(u128::from(first).wrapping_sub(1).into()),
            IpAddr::V6(u128::from(last).wrapping_add(1).into()),
        ),
        mixed => mixed,
    };
    if dice.is_one_in(2) { below } else { above }
}

/// Whether every request of such a caller has the key.
fn is_always_there(key: &str) -> bool {
    matches!(key, "aws:securetransport" | "aws:currenttime")
}

fn remove(request: &mut Request, key: &str) {
    // A request comes from an address or through an endpoint; whoever has a place in an organisation is in it.
    match key {
        "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" => {}
        "aws:principalorgid" | "aws:principalorgpaths" => {
            without(request, &["aws:principalorgid", "aws:principalorgpaths"]);
        }
        _ if is_always_there(key) || key.contains(".com:") => {}
        _ => without(request, &[key]),
    }
}

fn without(request: &mut Request, keys: &[&str]) {
    let left = request.context.iter().filter(|(key, _)| !keys.contains(key));
    let left: Vec<(String, Vec<String>)> = left.map(|(key, values)| (key.to_owned(), values.to_vec())).collect();
    request.context = security_monkey_iam::evaluate::Context::new();
    for (key, values) in left {
        request.context.set_all(&key, values);
    }
}

/// Sets the key as far as the caller could have brought it about; what belongs together changes together.
fn set(request: &mut Request, key: &str, text: String, condition: &Condition, dice: &mut Dice) {
    let is_service = matches!(request.caller, Caller::Service { .. });
    let has_account = request.caller.account().is_some();
    match key {
        "aws:principalarn" | "aws:principalaccount" | "kms:calleraccount" | "aws:username" | "aws:principaltype" => {
            if has_account && !is_stranger(request) {
                become_with(request, key, &text, dice);
            }
        }
        "aws:sourceip" if !is_service => {
            if text.parse::<IpAddr>().is_ok() {
                without(request, &["aws:sourcevpc", "aws:sourcevpce"]);
                request.context.set("aws:SourceIp", text);
            }
        }
        // Ids begin with what they are of.
        "aws:sourcevpc" | "aws:sourcevpce" if !text.starts_with(&format!("{}-", &key["aws:source".len()..])) => {}
        "aws:sourcevpc" | "aws:sourcevpce" if !is_service && !is_stranger(request) => {
            without(request, &["aws:sourceip"]);
            let other = if key == "aws:sourcevpc" {
                ("aws:sourcevpce", "vpce-evil")
            } else {
                ("aws:sourcevpc", "vpc-evil")
            };
            request.context.set(key, text);
            if request.context.get(other.0).is_none() {
                request.context.set(other.0, other.1);
            }
        }
        "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "aws:principalisawsservice" => {}
        "aws:principalorgid" | "aws:principalorgpaths" => {
            let organisation = text.split('/').next().unwrap_or_default().to_owned();
            let is_one = organisation.len() > 3 && organisation.starts_with("o-");
            if has_account && is_one && !is_stranger(request) {
                set_organisation(request, &organisation);
                if key == "aws:principalorgpaths" && text.ends_with('/') {
                    request.context.set("aws:PrincipalOrgPaths", text);
                }
            }
        }
        "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" => {
            if is_service {
                act_for(request, key, &text);
            }
        }
        "aws:multifactorauthpresent" if !has_account => {}
        _ if key.ends_with(":sub") => set_repository(request, &text),
        _ if key.ends_with(":repository") => set_repository(request, &format!("repo:{text}:ref:refs/heads/main")),
        _ => {
            let values = several(text, condition, dice);
            request.context.set_all(key, values);
        }
    }
}

/// Whoever has this value of the key.
fn become_with(request: &mut Request, key: &str, text: &str, dice: &mut Dice) {
    let account = request.caller.account().unwrap_or_default().to_owned();
    let caller = match key {
        "aws:principalarn" => return become_like(request, text, dice),
        "aws:username" if text.is_empty() || text.ends_with('/') => None,
        "aws:username" => Caller::read(&format!("arn:aws:iam::{account}:user/{text}")),
        "aws:principaltype" if text == "User" => Caller::read(&format!("arn:aws:iam::{account}:user/bob")),
        _ if is_account_id(text) => with_account(&request.caller, text),
        _ => None,
    };
    if let Some(caller) = caller {
        request.caller = caller;
        request.canonical_user = None;
    }
}

/// For operators that look at each value of a key that may have many: often more than one.
fn several(text: String, condition: &Condition, dice: &mut Dice) -> Vec<String> {
    let mut values = vec![text];
    if condition.key != "aws:TagKeys" {
        return values;
    }
    match condition.operator.quantifier {
        Some(Quantifier::ForAllValues) if dice.is_one_in(2) => {
            let other = dice.one_of(&condition.values).map(|value| value.text.clone());
            values.extend(other.map(|other| instance(&other, dice)));
        }
        Some(Quantifier::ForAnyValue) if dice.is_one_in(2) => values.push("other".to_owned()),
        _ => {}
    }
    values
}
