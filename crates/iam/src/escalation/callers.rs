//! Who an identity may be of whom nothing but the policies is known: a user or a role of any name, in any account. The policies tell
//! apart the accounts that they name, and principals by conditions on who asks; one of each that they tell apart is enough.

use std::collections::{BTreeSet, HashMap};

use crate::arn::{account_of, is_account_id};
use crate::document::{Condition, Statement, Version};
use crate::evaluate::{self, Caller, PolicySet, Request};
use crate::example::Effort;
use crate::pattern::{self, Token};

/// The most callers that are tried.
const MOST: usize = 64;

/// How many callers of each kind are tried: one of the two is not whom a resource names.
const OF_EACH_KIND: usize = 2;

/// A condition on who asks.
struct OnCaller<'p> {
    condition: &'p Condition,
    version: Version,
}

/// Callers that stand for all, a plain user and role first, and whether they do. `account`: the account of the identity, where it is
/// known.
pub(super) fn anybody(
    partition: &str,
    account: Option<&str>,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> (Vec<Caller>, bool) {
    let on_callers: Vec<OnCaller<'_>> = policies
        .statements()
        .flat_map(|statement| {
            let version = statement.version;
            let conditions = statement.conditions.iter();
            conditions.map(move |condition| OnCaller { condition, version })
        })
        .filter(|on| on.is_of("aws:PrincipalArn") || on.is_of("aws:username"))
        .collect();
    let accounts = account.map_or_else(|| accounts(policies), |account| vec![account.to_owned()]);
    let mut found = Vec::new();
    for account in &accounts {
        found.push(user(format!("arn:{partition}:iam::{account}:user/somebody")));
        found.push(role(format!("arn:{partition}:iam::{account}:role/somebody")));
    }
    effort.settle();
    if !on_callers.is_empty() {
        for account in &accounts {
            let of = |kind: &str| format!("arn:{partition}:iam::{account}:{kind}/");
            let users = named(&of("user"), &on_callers, effort).into_iter().map(user);
            let roles = named(&of("role"), &on_callers, effort).into_iter().map(role);
            found.extend(different(users.collect(), &on_callers));
            found.extend(different(roles.collect(), &on_callers));
        }
    }
    let are_all = found.len() <= MOST && !effort.is_in_doubt();
    found.truncate(MOST);
    (found, are_all)
}

fn user(arn: String) -> Caller {
    Caller::User { arn }
}

fn role(role_arn: String) -> Caller {
    Caller::RoleSession {
        role_arn,
        session: "session".to_owned(),
    }
}

/// An account that the policies do not name, and those that they do.
fn accounts(policies: &PolicySet<'_>) -> Vec<String> {
    let texts = policies.statements().flat_map(Statement::texts_with_variables);
    let ids = texts.filter_map(|text| {
        let id = account_of(&text.text).unwrap_or(&text.text);
        is_account_id(id).then(|| id.to_owned())
    });
    let mut found: BTreeSet<String> = ids.collect();
    let unnamed = (1..=9).map(|digit: u8| digit.to_string().repeat(12));
    let besides = unnamed.into_iter().find(|id| !found.contains(id));
    let first = besides.into_iter().collect::<Vec<_>>();
    found.retain(|id| !first.contains(id));
    first.into_iter().chain(found).collect()
}

/// ARNs that begin so, one for each combination of the patterns of the conditions, with a path and without one.
fn named(prefix: &str, on_callers: &[OnCaller<'_>], effort: &Effort) -> Vec<String> {
    let kind = prefix.rsplit(':').next().unwrap_or_default();
    let of = |name: &str| pattern::tokens(&format!("{prefix}{name}"));
    let mut tracked: Vec<Vec<Token>> = Vec::new();
    for on in on_callers {
        for value in &on.condition.values {
            if evaluate::has_variable(&value.text, on.version) {
                continue;
            }
            if on.is_of("aws:PrincipalArn") {
                tracked.push(pattern::tokens(&value.text));
            } else if kind == "user/" {
                tracked.extend([of(&value.text), of(&format!("*/{}", value.text))]);
            }
        }
    }
    tracked.sort_unstable();
    tracked.dedup();
    let no_name = ["*//*", "*/", "*:*:*:*:*:*:*"].map(pattern::tokens);
    let mut found = effort.texts(&[vec![of("?*")]], &[&no_name[..], &[of("*/*")]].concat(), &tracked);
    if on_callers.iter().any(|on| on.is_of("aws:PrincipalArn")) {
        found.extend(effort.texts(&[vec![of("?*/?*")]], &no_name, &tracked));
    }
    found
}

/// Some callers of each kind that the conditions tell apart.
fn different(mut callers: Vec<Caller>, on_callers: &[OnCaller<'_>]) -> Vec<Caller> {
    let mut known: HashMap<Vec<bool>, usize> = HashMap::new();
    callers.retain(|caller| {
        let request = Request::new(caller.clone(), "", "*");
        let kind = on_callers.iter().map(|on| on.holds(&request)).collect();
        let count = known.entry(kind).or_default();
        *count += 1;
        *count <= OF_EACH_KIND
    });
    callers
}

impl OnCaller<'_> {
    fn is_of(&self, key: &str) -> bool {
        self.condition.key.eq_ignore_ascii_case(key)
    }

    fn holds(&self, request: &Request) -> bool {
        let values = request.values(&self.condition.key);
        let values: Option<Vec<&str>> = values.as_ref().map(|values| values.iter().map(AsRef::as_ref).collect());
        evaluate::holds_for(self.condition, self.version, values.as_deref(), request)
    }
}
