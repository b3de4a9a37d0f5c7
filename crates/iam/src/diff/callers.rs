//! Callers that may tell two policies apart: one for each way in which both see callers.

use std::cell::Cell;

use super::bound::Bound;
use super::circumstances::names_caller;
use super::requests::{MOST_WORK, SOME_ACCOUNT, is_never_set, statements};
use crate::AccountDirectory;
use crate::arn::{account_of, is_account_id, is_saml_provider};
use crate::bound::user_arns;
use crate::document::{Condition, Polarity, Policy, PrincipalKind, Statement};
use crate::evaluate::{self, Caller, Request};
use crate::keys::{Authority, authority, follows_from_caller};
use crate::pattern::{self, Case, has_wildcard};
use crate::reach::{
    ArnKind, Effort, Strangers, about_account, are_plain, principals_of, service_besides, with_account,
};

/// The most callers.
const MOST_CALLERS: usize = 64;
/// The most ways in which two policies are asked how they see a caller.
const MOST_LOOKS: usize = 200_000;

/// Callers that the policies see differently, the plainest of each kind.
pub(super) fn callers(before: &Policy, after: &Policy, work: &Cell<u64>) -> (Vec<Request>, bool) {
    let mut found: Vec<Request> = Vec::new();
    let mut views: Vec<Vec<bool>> = Vec::new();
    let mut looks = 0;
    let ask_for_ids = ask_for_ids(before, after);
    let bound = Bound::of(before, after, work);
    let (suggested, are_all) = suggested_callers(before, after, &bound, work);
    for request in suggested {
        looks += before.statements.len() + after.statements.len();
        if looks > MOST_LOOKS || found.len() == MOST_CALLERS {
            return (found, false);
        }
        let mut view = view(&request, before, after);
        if ask_for_ids {
            view.extend(kind_of_id(&request.caller));
        }
        view.extend(bound.view(&request));
        if !views.contains(&view) {
            views.push(view);
            found.push(request);
        }
    }
    (found, are_all && bound.are_all)
}

/// How both policies see a caller: which principals cover it, which conditions on keys that follow from it hold, which variables it has
/// no value for, and what kind of requester it is, which decides the other keys.
fn view(request: &Request, before: &Policy, after: &Policy) -> Vec<bool> {
    let mut view = vec![
        matches!(request.caller, Caller::Service { .. }),
        matches!(request.caller, Caller::Federated { .. }),
        matches!(&request.caller, Caller::Federated { provider } if is_saml_provider(provider)),
        request.caller.account().is_some(),
    ];
    let is_told = |key: &str| follows_from_caller(key) || authority(key) == Authority::CallerId;
    for (statement, policy) in statements(before, after) {
        view.push(names_caller(statement, request));
        let about_caller = statement.conditions.iter().filter(|condition| is_told(&condition.key));
        view.extend(about_caller.map(|condition| evaluate::holds(condition, policy.version, request)));
        let with_variables = statement
            .texts_with_variables()
            .filter(|text| evaluate::has_variable(&text.text, policy.version));
        view.extend(with_variables.map(|text| is_never_set(&text.text, policy.version, request)));
    }
    view
}

/// Whether the policies ask for the unique id of the requester, in conditions or variables.
fn ask_for_ids(before: &Policy, after: &Policy) -> bool {
    let mut all = statements(before, after);
    all.any(|(statement, policy)| {
        let mut texts = statement.texts_with_variables();
        let is_of_id = |key: &str| authority(key) == Authority::CallerId;
        statement.conditions.iter().any(|condition| is_of_id(&condition.key))
            || texts.any(|text| {
                evaluate::has_variable(&text.text, policy.version) && evaluate::variables(&text.text).any(is_of_id)
            })
    })
}

/// What ids of the caller's kind are like.
fn kind_of_id(caller: &Caller) -> [bool; 2] {
    [
        matches!(caller, Caller::User { .. }),
        matches!(caller, Caller::RoleSession { .. }),
    ]
}

fn suggested_callers(before: &Policy, after: &Policy, bound: &Bound<'_>, work: &Cell<u64>) -> (Vec<Request>, bool) {
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
    arns.extend(bound.in_place_of("aws:PrincipalArn"));
    let mut accounts: Vec<String> = Vec::new();
    if has_principals {
        callers.push(Caller::Anonymous);
    }
    if takes_roles_by_token(before, after) {
        callers.extend(SOME_PROVIDERS.iter().filter_map(|provider| Caller::read(provider)));
    }
    for entry in &entries {
        let value = entry.value.as_str();
        match entry.kind {
            PrincipalKind::Anyone => {}
            PrincipalKind::Aws => {
                // Before anything else: an origin access identity has no account.
                if value.contains(":user/") && !has_wildcard(value) {
                    let user = Caller::User { arn: value.to_owned() };
                    let session = user
                        .account()
                        .and_then(|account| federated(account, "witness").federated_by(value));
                    callers.push(user);
                    callers.extend(session);
                } else {
                    callers.extend(Caller::read(value).filter(is_below_account));
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
    let ids = named(Authority::CallerId);
    let accounts_in_ids = ids.iter().map(|id| id.split(':').next().unwrap_or(id));
    accounts.extend(accounts_in_ids.filter(|id| is_account_id(id)).map(str::to_owned));
    let texts = arns.iter().chain(&by_account).copied().chain(bound.accounts());
    accounts.extend(texts.filter_map(account_of).map(str::to_owned));
    if bound.speaks_of_owner {
        let of_owners = bound.named_owners.iter().take(MOST_OWNERS);
        accounts.extend(of_owners.map(|account| (*account).to_owned()));
    }
    let strangers = Strangers::of(&[before, after], &AccountDirectory::new());
    accounts.extend(strangers.accounts);
    if has_principals {
        let mut services = named(Authority::CallerIsService);
        services.extend(bound.in_place_of("aws:PrincipalServiceName"));
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
    // Users of these names, without a path and in any.
    let asked_names = bound.names_of_users.iter();
    let asked_names: Vec<String> = asked_names.flat_map(|name| user_arns(name, "aws")).collect();
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
        callers.push(federated(account, "witness"));
        callers.extend(federated_by_id(&ids, account));
        callers.extend(bound.names.iter().map(|name| user(account, name)));
        for arn in &arns {
            let made = with_account(arn, std::slice::from_ref(account), "aws");
            callers.extend(made.iter().filter_map(|arn| Caller::read(arn)).filter(is_below_account));
            // A role and a user of the same name, where a pattern leaves open which.
            if arn.contains(":*/") || arn.ends_with(":*") || *arn == "*" {
                callers.push(role(account, "x"));
                callers.push(user(account, "x"));
            }
        }
        // Last: whatever the policies say of it alike, it may do less than users.
        if has_principals {
            callers.push(Caller::Root {
                account: account.clone(),
            });
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
    if bound.speaks_of_owner {
        // The owner's own callers, and others. An account in a resource's ARN is its owner.
        let mut owners: Vec<&str> = bound.named_owners.iter().copied().chain(bound.owners()).collect();
        if bound.owners().any(has_wildcard) {
            owners.extend(accounts.iter().map(String::as_str));
        }
        owners.retain(|owner| is_account_id(owner));
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

/// Providers of tokens and of assertions that no policy names.
const SOME_PROVIDERS: [&str; 2] = ["accounts.google.com", "arn:aws:iam::121212343434:saml-provider/witness"];

/// Whether a statement that may be for everybody is about taking roles by tokens.
fn takes_roles_by_token(before: &Policy, after: &Policy) -> bool {
    const ACTIONS: [&str; 2] = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
    let is_for_everybody = |statement: &Statement| {
        statement.principal.as_ref().is_some_and(|element| {
            element.polarity == Polarity::Not
                || element
                    .entries
                    .iter()
                    .any(|entry| entry.kind == PrincipalKind::Anyone || entry.value == "*")
        })
    };
    let is_about_tokens = |statement: &Statement| {
        ACTIONS
            .iter()
            .any(|action| evaluate::action_matches(&statement.action, action))
    };
    let mut all = statements(before, after);
    all.any(|(statement, _)| is_for_everybody(statement) && is_about_tokens(statement))
}

/// An owner of resources that no policy names.
const OWNER: &str = "121212343434";
/// The most owners that resources name.
const MOST_OWNERS: usize = 4;

/// Whether the caller is of an account, and not the account itself.
fn is_below_account(caller: &Caller) -> bool {
    caller.account().is_some() && !matches!(caller, Caller::Root { .. })
}

/// Sessions of federated users of the account that have one of the ids. Source: IAM User Guide, "IAM policy elements: Variables and
/// tags", table "Principal key values": the id of a federated user is its account's with the name that it was given.
fn federated_by_id(ids: &[&str], account: &str) -> Vec<Caller> {
    let named = ids.iter().filter_map(|id| id.split_once(':'));
    named
        .filter(|(id, _)| pattern::matches(id, account, Case::Sensitive))
        .map(|(_, name)| federated(account, &name.replace(['*', '?'], "x")))
        .collect()
}

fn federated(account: &str, name: &str) -> Caller {
    Caller::FederatedUser {
        arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
        user: None,
    }
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
