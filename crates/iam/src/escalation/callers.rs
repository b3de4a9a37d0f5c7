//! Who an identity may be of whom nothing but the policies is known: a user or a role of any name, in any account. The policies tell
//! apart the accounts that they name, and principals by conditions on who asks; one of each that they tell apart is enough.

use std::collections::{BTreeSet, HashMap};

use super::{Target, methods, request};
use crate::arn::{account_of, complete, is_account_id};
use crate::document::{Condition, Statement, Version};
use crate::evaluate::{self, Caller, PolicySet, Request};
use crate::example::Effort;
use crate::pattern::{self, Case, Token};

mod names;

/// The most callers that are tried.
const MOST: usize = 64;

/// How many callers of each kind are tried: one of the two is not whom a resource names.
const OF_EACH_KIND: usize = 2;

/// A condition on who asks.
struct OnCaller<'p> {
    condition: &'p Condition,
    version: Version,
}

/// What tells callers apart.
struct Told<'p> {
    on_callers: Vec<OnCaller<'p>>,
    /// Statements about what users or roles may do to others and to themselves, and which of them they name.
    on_oneself: Vec<&'p Statement>,
    /// Patterns of names of users.
    names: Vec<Vec<Token>>,
}

/// Callers that stand for all, a plain user and role first, and whether they do. `account`: the account of the identity, where it is
/// known.
pub(super) fn anybody(
    partition: &str,
    account: Option<&str>,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> (Vec<Caller>, bool) {
    let (told, are_all_names) = Told::by(policies);
    let accounts = account.map_or_else(|| accounts(policies), |account| vec![account.to_owned()]);
    let mut found = Vec::new();
    for account in &accounts {
        found.push(user(format!("arn:{partition}:iam::{account}:user/somebody")));
        found.push(role(format!("arn:{partition}:iam::{account}:role/somebody")));
    }
    effort.settle();
    if !told.is_nothing() {
        for account in &accounts {
            let of = |kind: &str| format!("arn:{partition}:iam::{account}:{kind}/");
            let users = told.named(&of("user"), effort).into_iter().map(user);
            let roles = told.named(&of("role"), effort).into_iter().map(role);
            found.extend(told.different(users.collect()));
            found.extend(told.different(roles.collect()));
        }
    }
    let are_all = are_all_names && found.len() <= MOST && !effort.is_in_doubt();
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

impl<'p> Told<'p> {
    /// What tells callers apart, and whether that is all.
    fn by(policies: &PolicySet<'p>) -> (Self, bool) {
        let mut on_callers = Vec::new();
        let mut on_oneself = Vec::new();
        let mut on_methods = Vec::new();
        for statement in policies.statements() {
            let version = statement.version;
            let conditions = statement.conditions.iter();
            let conditions = conditions.map(|condition| OnCaller { condition, version });
            on_callers.extend(conditions.filter(|on| on.is_of("aws:PrincipalArn") || on.is_of("aws:username")));
            let is_about = |action: &&str| evaluate::action_matches(&statement.action, action);
            if own_patterns(statement).next().is_some() && actions(Some(Target::Own)).any(|action| is_about(&action)) {
                on_oneself.push(statement);
            }
            on_methods.push(statement);
        }
        // The name matters only where some text has it, which few policies do.
        let has_name = |statement: &Statement| {
            let mut texts = statement.texts_with_variables();
            texts.any(|text| evaluate::has_variable_of(&text.text, "aws:username"))
        };
        if on_methods.iter().any(|statement| has_name(statement)) {
            on_methods
                .retain(|statement| actions(None).any(|action| evaluate::action_matches(&statement.action, action)));
        } else {
            on_methods.clear();
        }
        let names = names::of(on_methods.into_iter());
        let told = Self {
            on_callers,
            on_oneself,
            names: names.patterns,
        };
        (told, names.are_all)
    }

    fn is_nothing(&self) -> bool {
        self.on_callers.is_empty() && self.on_oneself.is_empty() && self.names.is_empty()
    }

    /// ARNs that begin so, one for each combination of the patterns, with a path and without one.
    fn named(&self, prefix: &str, effort: &Effort) -> Vec<String> {
        let kind = prefix.rsplit(':').next().unwrap_or_default();
        let of = |name: &str| pattern::tokens(&format!("{prefix}{name}"));
        let mut tracked: Vec<Vec<Token>> = Vec::new();
        for on in &self.on_callers {
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
        if kind == "user/" {
            for name in &self.names {
                tracked.extend(["", "*/"].map(|path| [of(path), name.clone()].concat()));
            }
        }
        let on_oneself = self.on_oneself.iter().flat_map(|statement| own_patterns(statement));
        tracked.extend(on_oneself.map(|text| pattern::tokens(&text)));
        tracked.sort_unstable();
        tracked.dedup();
        let no_name = ["*//*", "*/", "*:*:*:*:*:*:*"].map(pattern::tokens);
        let mut found = effort.texts(&[vec![of("?*")]], &[&no_name[..], &[of("*/*")]].concat(), &tracked);
        if self.on_callers.iter().any(|on| on.is_of("aws:PrincipalArn")) || !self.on_oneself.is_empty() {
            found.extend(effort.texts(&[vec![of("?*/?*")]], &no_name, &tracked));
        }
        found
    }

    /// Some callers of each kind that are told apart.
    fn different(&self, mut callers: Vec<Caller>) -> Vec<Caller> {
        let mut known: HashMap<Vec<bool>, usize> = HashMap::new();
        callers.retain(|caller| {
            let own = caller.principal_arn().unwrap_or_default();
            let name = own.rsplit('/').next().unwrap_or_default();
            let request = Request::new(caller.clone(), "", own.clone());
            let conditions = self.on_callers.iter().map(|on| on.holds(&request));
            let is_named = |statement: &&Statement| {
                let mut element = statement.resource.iter();
                element.any(|element| evaluate::resource_matches(element, statement.version, &request))
            };
            let resources = self.on_oneself.iter().map(is_named);
            let is_so_called = |tokens: &Vec<Token>| pattern::tokens_match(tokens, name, Case::Sensitive);
            let names = self.names.iter().map(is_so_called);
            let count = known
                .entry(conditions.chain(resources).chain(names).collect())
                .or_default();
            *count += 1;
            *count <= OF_EACH_KIND
        });
        callers
    }
}

/// Actions of the methods on users and roles, all or of those by which one changes what this says.
fn actions(of: Option<Target>) -> impl Iterator<Item = &'static str> {
    let methods = methods()
        .iter()
        .filter(move |method| of.is_none_or(|target| method.target == target));
    let actions = methods
        .flat_map(|method| method.all.iter().chain(&method.any))
        .map(String::as_str);
    actions.filter(move |action| of.is_none() || matches!(request::kind_of(action), Some("user" | "role")))
}

/// The resources of a statement that are some users or roles and not all, with a wildcard for each variable.
fn own_patterns(statement: &Statement) -> impl Iterator<Item = String> + '_ {
    let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
    let texts = patterns.map(|pattern| complete(&pattern.text));
    let texts = texts.map(|text| {
        if evaluate::has_variable(&text, statement.version) {
            evaluate::without_variables(&text)
        } else {
            text.into_owned()
        }
    });
    texts.filter(|text| {
        let mut parts = text.splitn(6, ':');
        let service = parts.nth(2).unwrap_or("iam");
        let resource = parts.nth(2).unwrap_or(text.as_str());
        pattern::matches(service, "iam", Case::Sensitive)
            && !matches!(resource, "*" | "user/*" | "role/*" | "user/*/*" | "role/*/*")
            && !["group/", "policy/", "mfa/", "instance-profile/"]
                .iter()
                .any(|kind| resource.starts_with(kind))
    })
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
