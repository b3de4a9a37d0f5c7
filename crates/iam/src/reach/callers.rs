//! The callers that stand for a class of requesters. Principals of an account are as many as their names; the patterns of a policy decide
//! which of them differ. They are worked out when a search asks for them: most searches end before.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::rc::Rc;

use super::candidates::FRESH;
use super::known::known;
use super::owned::{Found, Kind, about_account, are_plain, with_account};
use super::solve::Searcher;
use super::strangers::Strangers;
use crate::arn::{Arn, account_of, is_account_id};
use crate::evaluate::Caller;
use crate::pattern::has_wildcard;

/// Callers by themselves, and principals of accounts.
#[derive(Debug, Clone, Default)]
pub(super) struct Callers<'p> {
    these: Vec<Caller>,
    of: Option<Rc<Principals<'p>>>,
}

/// The principals of some accounts, under patterns of their ARNs.
#[derive(Debug)]
pub(super) struct Principals<'p> {
    accounts: Vec<String>,
    /// Whether these stand for all accounts that are meant.
    pub(super) are_all_accounts: bool,
    patterns: Rc<[Cow<'p, str>]>,
    partition: &'p str,
    plain: OnceCell<Vec<Caller>>,
}

impl<'p> Callers<'p> {
    pub(super) fn these(these: Vec<Caller>) -> Self {
        Self { these, of: None }
    }

    /// Whoever a principal names. Of a user also sessions that it federates, where patterns of ARNs tell them from the user itself.
    pub(super) fn named(caller: Caller, patterns: &[Cow<'_, str>]) -> Self {
        let sessions = match &caller {
            Caller::User { arn } if !patterns.is_empty() => sessions_of(arn, patterns),
            _ => Vec::new(),
        };
        Self::these(sessions).after(Some(caller))
    }

    pub(super) fn of(principals: &Rc<Principals<'p>>) -> Self {
        Self {
            these: Vec::new(),
            of: Some(Rc::clone(principals)),
        }
    }

    /// The same with another caller first.
    #[must_use]
    pub(super) fn after(self, first: Option<Caller>) -> Self {
        Self {
            these: first.into_iter().chain(self.these).collect(),
            of: self.of,
        }
    }

    /// The provider, where a token of one is the only way in.
    pub(super) fn provider(&self) -> Option<&str> {
        match self.these.first() {
            Some(Caller::Federated { provider }) => Some(provider),
            _ => None,
        }
    }

    /// Whether some of them are of accounts.
    pub(super) fn have_accounts(&self) -> bool {
        self.plain().any(|caller| caller.account().is_some())
    }

    /// Those that are at hand, the simplest first.
    pub(super) fn plain(&self) -> impl Iterator<Item = &Caller> {
        let principals = self.of.iter().flat_map(|principals| principals.plain());
        self.these.iter().chain(principals)
    }

    /// The principals, where those at hand do not stand for all of them.
    pub(super) fn with_more(&self) -> Option<&Principals<'p>> {
        let principals = self.of.as_deref()?;
        let has_more = |account: &String| !are_plain(principals.about(account), Kind::Principal);
        (!principals.are_all_accounts || principals.accounts.iter().any(has_more)).then_some(principals)
    }
}

impl<'p> Principals<'p> {
    pub(super) fn new(accounts: Vec<String>, patterns: Rc<[Cow<'p, str>]>, partition: &'p str) -> Rc<Self> {
        let all = Strangers {
            accounts,
            are_all: true,
        };
        Self::of_strangers(all, patterns, partition)
    }

    pub(super) fn of_strangers(strangers: Strangers, patterns: Rc<[Cow<'p, str>]>, partition: &'p str) -> Rc<Self> {
        Rc::new(Self {
            accounts: strangers.accounts,
            are_all_accounts: strangers.are_all,
            patterns,
            partition,
            plain: OnceCell::new(),
        })
    }

    fn about<'s>(&'s self, account: &'s str) -> impl Iterator<Item = &'s str> {
        about_account(self.patterns.iter().map(AsRef::as_ref), account)
    }

    /// Callers of the accounts whose ARN fits one of the patterns; without patterns a user and a role.
    fn plain(&self) -> &[Caller] {
        self.plain.get_or_init(|| self.instances())
    }

    fn instances(&self) -> Vec<Caller> {
        let mut callers = Vec::new();
        for account in &self.accounts {
            let takes_any =
                |pattern: &Cow<'_, str>| pattern.ends_with(":root") || is_account_id(pattern) || pattern == "*";
            if self.patterns.is_empty() || self.patterns.iter().any(takes_any) {
                callers.push(self.user(account));
            }
            for pattern in self.about(account).filter(|pattern| !is_account_id(pattern)) {
                let arns = if account_of(pattern) == Some(account) && !has_wildcard(pattern) {
                    vec![pattern.to_owned()]
                } else {
                    with_account(pattern, std::slice::from_ref(account), self.partition)
                };
                callers.extend(
                    arns.iter()
                        .filter_map(|arn| Caller::read(arn))
                        .filter(|caller| caller.account().is_some()),
                );
            }
            // Conditions that exclude names, or ask for the kind of principal, may leave other callers.
            callers.push(self.role(account));
            callers.push(self.user(account));
            callers.push(Caller::Root {
                account: account.clone(),
            });
        }
        distinct(callers)
    }

    /// One of each account, for what does not depend on who of the account it is.
    pub(super) fn one_of_each_account(&self) -> Vec<Caller> {
        self.accounts.iter().map(|account| self.role(account)).collect()
    }

    /// Callers for each combination of the patterns.
    pub(super) fn told_apart(&self, searcher: &Searcher<'_>) -> Found<Caller> {
        let mut all = Found {
            found: Vec::new(),
            are_all: self.are_all_accounts,
        };
        for account in &self.accounts {
            let about: Vec<&str> = self.about(account).collect();
            if !are_plain(about.iter().copied(), Kind::Principal) {
                let of = (searcher.own_account, searcher.partition);
                let principals = searcher.search.principals(account, &about, of);
                all.found.extend(principals.found.iter().cloned());
                all.are_all &= principals.are_all;
            }
        }
        all
    }

    fn user(&self, account: &str) -> Caller {
        Caller::User {
            arn: self.arn_of(account, ":user/witness"),
        }
    }

    fn role(&self, account: &str) -> Caller {
        Caller::RoleSession {
            role_arn: self.arn_of(account, ":role/witness"),
            session: "session".to_owned(),
        }
    }

    fn arn_of(&self, account: &str, behind: &str) -> String {
        ["arn:", self.partition, ":iam::", account, behind].concat()
    }
}

impl<'p> Searcher<'p> {
    /// Strangers, under patterns of their ARNs: the same for statements whose patterns are.
    pub(super) fn strangers_under(&self, patterns: &Rc<[Cow<'p, str>]>) -> Rc<Principals<'p>> {
        let alike = |known: &Rc<[Cow<'p, str>]>| known == patterns;
        known(&self.strangers_under, alike, || {
            let strangers = self.strangers.clone();
            let principals = Principals::of_strangers(strangers, Rc::clone(patterns), self.partition);
            (Rc::clone(patterns), principals)
        })
    }
}

/// Sessions that a user federates: one that nobody names, and those that patterns name.
fn sessions_of(user: &str, patterns: &[Cow<'_, str>]) -> Vec<Caller> {
    let Some(arn) = Arn::read(user) else {
        return Vec::new();
    };
    let fresh = format!("arn:{}:sts::{}:federated-user/{FRESH}", arn.partition, arn.account);
    let account = [arn.account.to_owned()];
    let named = patterns
        .iter()
        .flat_map(|pattern| with_account(pattern, &account, arn.partition));
    let sessions = std::iter::once(fresh)
        .chain(named)
        .filter_map(|arn| Caller::read(&arn)?.federated_by(user));
    distinct(sessions.collect())
}

/// A service that nobody names, for what is said of all but some.
pub(crate) fn service_besides(is_named: impl Fn(&str) -> bool) -> Caller {
    let common = [
        "sns.amazonaws.com",
        "events.amazonaws.com",
        "s3.amazonaws.com",
        "config.amazonaws.com",
        "cloudtrail.amazonaws.com",
    ];
    let made = (0..).map(|number| format!("witness{number}.amazonaws.com"));
    let mut names = common.into_iter().map(str::to_owned).chain(made);
    let name = names.find(|name| !is_named(name)).unwrap_or_default();
    Caller::Service { name }
}

/// A list so short that looking through it costs less than a table.
const SHORT: usize = 32;

/// Each once, in order.
fn distinct(callers: Vec<Caller>) -> Vec<Caller> {
    let mut found: Vec<Caller> = Vec::with_capacity(callers.len());
    if callers.len() <= SHORT {
        for caller in callers {
            if !found.contains(&caller) {
                found.push(caller);
            }
        }
        return found;
    }
    let mut known = HashSet::new();
    found.extend(callers.iter().filter(|caller| known.insert(*caller)).cloned());
    found
}
