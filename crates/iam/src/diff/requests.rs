//! Requests that may tell two policies apart: for each principal, action pattern and resource pattern of a statement, one
//! that the other policy's patterns do not match, one that they match, and the values of condition keys that matter.

use std::cell::Cell;

use super::{element_tokens, entry_words, words};
use crate::arn::account_of;
use crate::document::{Condition, Element, OperatorKind, Polarity, Policy, PrincipalKind, Statement};
use crate::evaluate::{Caller, Context, Request};
use crate::pattern::language::partition;
use crate::pattern::{self, Case, Token};

/// The most requests tried for one statement.
const MOST: usize = 3_000;
/// The most steps of pattern automata for one comparison; past it each pattern stands for one plain text.
const MOST_WORK: u64 = 8_000_000;
/// The most values tried for one condition key.
const MOST_VALUES: usize = 6;

/// A request and the parts of the statement that suggested it.
pub(super) struct Candidate {
    pub(super) request: Request,
    pub(super) principal: Option<String>,
    pub(super) action: String,
    pub(super) resource: String,
}

/// Requests suggested by a statement of `after`, told apart by the patterns of both policies.
pub(super) fn suggested(statement: &Statement, before: &Policy, after: &Policy, work: &Cell<u64>) -> Vec<Candidate> {
    let all = || before.statements.iter().chain(&after.statements);
    let action_tracks = tracks(all().map(|other| &other.action));
    let resource_tracks = tracks(all().filter_map(|other| other.resource.as_ref()));
    let actions = parts(Some(&statement.action), &action_tracks, Case::Insensitive, work);
    let resources = parts(statement.resource.as_ref(), &resource_tracks, Case::Sensitive, work);
    let callers = callers(statement, before, after);
    let contexts = contexts(statement, all().flat_map(|other| &other.conditions));
    let mut found = Vec::new();
    // Contexts vary slowest: the plain ones settle most cases.
    for context in &contexts {
        for (principal, caller) in &callers {
            for (action_pattern, action) in &actions {
                for (resource_pattern, resource) in &resources {
                    if found.len() >= MOST {
                        return found;
                    }
                    let mut request = Request::new(caller.clone(), action.as_str(), resource.as_str());
                    request.context = context.clone();
                    found.push(Candidate {
                        request,
                        principal: principal.clone(),
                        action: action_pattern.clone(),
                        resource: resource_pattern.clone(),
                    });
                }
            }
        }
    }
    found
}

fn tracks<'e>(elements: impl Iterator<Item = &'e Element>) -> Vec<Vec<Token>> {
    let mut tracks: Vec<Vec<Token>> = elements.flat_map(element_tokens).collect();
    tracks.sort_unstable();
    tracks.dedup();
    tracks
}

/// Pairs of a pattern as written and a text it matches, one for each combination of the other patterns.
fn parts(element: Option<&Element>, tracks: &[Vec<Token>], case: Case, work: &Cell<u64>) -> Vec<(String, String)> {
    let Some(element) = element else {
        return vec![(String::new(), "*".to_owned())];
    };
    let mut found = Vec::new();
    match element.polarity {
        Polarity::Is => {
            for pattern in &element.patterns {
                if work.get() > MOST_WORK {
                    found.push((pattern.text.clone(), pattern.text.replace(['*', '?'], "x")));
                    continue;
                }
                let (texts, _) = partition(&[vec![pattern::tokens(&pattern.text)]], &[], tracks, case, work);
                found.extend(texts.into_iter().map(|text| (pattern.text.clone(), text)));
            }
        }
        Polarity::Not => {
            let any = if case == Case::Insensitive { "?*:?*" } else { "*" };
            let (texts, _) = partition(
                &[vec![pattern::tokens(any)]],
                &element_tokens(element),
                tracks,
                case,
                work,
            );
            found.extend(texts.into_iter().map(|text| (words(element).join(", "), text)));
        }
    }
    found
}

/// Callers: those that the principals name, and strangers.
fn callers(statement: &Statement, before: &Policy, after: &Policy) -> Vec<(Option<String>, Caller)> {
    let user = |account: &str| Caller::User {
        arn: format!("arn:aws:iam::{account}:user/witness"),
    };
    let Some(element) = &statement.principal else {
        return vec![
            (None, user("111122223333")),
            (None, session("arn:aws:iam::111122223333:role/witness")),
        ];
    };
    let mut found: Vec<(Option<String>, Caller)> = Vec::new();
    let mut add = |entry: &crate::document::PrincipalEntry| {
        let name = Some(entry_words(entry, element.polarity));
        let value = entry.value.as_str();
        match entry.kind {
            PrincipalKind::Anyone => found.push((name, Caller::Anonymous)),
            PrincipalKind::Aws if value == "*" => found.push((name, Caller::Anonymous)),
            PrincipalKind::Aws => {
                if let Some(account) = account_of(value) {
                    let caller = if value.contains(":user/") {
                        Caller::User { arn: value.to_owned() }
                    } else if value.contains(":federated-user/") {
                        Caller::FederatedUser { arn: value.to_owned() }
                    } else if value.contains(":role/") {
                        session(value)
                    } else if let Some((role, session)) = value
                        .split_once(":assumed-role/")
                        .and_then(|(_, rest)| rest.split_once('/'))
                    {
                        Caller::RoleSession {
                            role_arn: format!("arn:aws:iam::{account}:role/{role}"),
                            session: session.to_owned(),
                        }
                    } else {
                        user(account)
                    };
                    found.push((name.clone(), caller));
                    if value == account || value.ends_with(":root") {
                        found.push((
                            name,
                            Caller::Root {
                                account: account.to_owned(),
                            },
                        ));
                    }
                }
            }
            PrincipalKind::Service => found.push((name, Caller::Service { name: value.to_owned() })),
            PrincipalKind::Federated => found.push((
                name,
                Caller::Federated {
                    provider: value.to_owned(),
                },
            )),
            PrincipalKind::CanonicalUser => {}
        }
    };
    // Everybody includes whom other statements, of either side, name.
    let is_open =
        element.polarity == Polarity::Not || element.entries.iter().any(crate::document::PrincipalEntry::is_anyone);
    element.entries.iter().for_each(&mut add);
    if is_open {
        let others = before
            .statements
            .iter()
            .chain(&after.statements)
            .filter_map(|other| other.principal.as_ref());
        others.flat_map(|element| &element.entries).for_each(&mut add);
        let name = Some(
            element
                .entries
                .iter()
                .map(|entry| entry_words(entry, element.polarity))
                .collect::<Vec<_>>()
                .join(", "),
        );
        found.push((name.clone(), Caller::Anonymous));
        found.push((name.clone(), user("999988887777")));
        for (known, _) in &mut found {
            known.clone_from(&name);
        }
    }
    let mut unique: Vec<(Option<String>, Caller)> = Vec::new();
    for pair in found {
        if !unique.contains(&pair) {
            unique.push(pair);
        }
    }
    unique
}

fn session(role_arn: &str) -> Caller {
    Caller::RoleSession {
        role_arn: role_arn.to_owned(),
        session: "session".to_owned(),
    }
}

/// Contexts: every key that either policy asks about, absent or with a value of its conditions or a fresh one; all
/// combinations up to a limit, those with the statement's own values first.
fn contexts<'c>(statement: &Statement, conditions: impl Iterator<Item = &'c Condition>) -> Vec<Context> {
    let mut keys: Vec<(String, Vec<Option<String>>)> = Vec::new();
    let mut add = |condition: &Condition| {
        let key = condition.key.to_ascii_lowercase();
        let position = keys.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            keys.push((key, Vec::new()));
            keys.len() - 1
        });
        for value in values(condition) {
            if !keys[position].1.contains(&value) {
                keys[position].1.push(value);
            }
        }
    };
    statement.conditions.iter().for_each(&mut add);
    conditions.for_each(&mut add);
    let mut found = vec![Context::new()];
    for (key, values) in keys {
        let values: Vec<_> = values.into_iter().take(MOST_VALUES).collect();
        let mut extended = Vec::new();
        for value in &values {
            for context in &found {
                let mut context = context.clone();
                if let Some(value) = value {
                    context.set(&key, value.clone());
                }
                extended.push(context);
            }
        }
        extended.truncate(400);
        found = extended;
    }
    found
}

fn values(condition: &Condition) -> Vec<Option<String>> {
    let mut found: Vec<Option<String>> = Vec::new();
    for value in condition.values.iter().take(3) {
        let text = value.text.as_str();
        match condition.operator.kind {
            OperatorKind::IpAddress | OperatorKind::NotIpAddress => {
                found.extend(crate::cidr::read_network(text).map(|network| Some(network.network().to_string())));
            }
            OperatorKind::Bool => found.extend(["true", "false"].map(|text| Some(text.to_owned()))),
            OperatorKind::Null => found.push(Some("witness".to_owned())),
            kind if kind.name().starts_with("Numeric") => {
                if let Ok(number) = text.parse::<f64>() {
                    found.extend([number, number + 1.0, number - 1.0].map(|number| Some(number.to_string())));
                }
            }
            kind if kind.name().starts_with("Date") => {
                found.extend([text, "1971-01-01T00:00:00Z", "2199-01-01T00:00:00Z"].map(|text| Some(text.to_owned())));
            }
            _ => found.push(Some(text.replace(['*', '?'], "x"))),
        }
    }
    found.push(None);
    if matches!(
        condition.operator.kind,
        OperatorKind::IpAddress | OperatorKind::NotIpAddress
    ) {
        found.push(Some("198.18.77.7".to_owned()));
    } else if condition.operator.kind.name().starts_with("String") {
        found.push(Some("witness".to_owned()));
    } else if condition.operator.kind.name().starts_with("Arn") {
        found.push(Some("arn:aws:sns:us-east-1:999988887777:witness".to_owned()));
    }
    found
}
