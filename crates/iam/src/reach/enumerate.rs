//! Which classes of requesters a statement might let in: strangers first, then whoever its principals and conditions
//! name.

use std::borrow::Cow;
use std::rc::Rc;

use super::Reach;
use super::callers::{Callers, Principals, service_besides};
use super::findings::Accepts;
use super::normalise::standing_class;
use super::restriction::{RestrictedBy, assess};
use super::scenario::{Scenario, Standing};
use super::solve::Searcher;
use crate::arn::{Arn, account_of, is_origin_access_identity, is_unique_id};
use crate::directory::AccountDirectory;
use crate::document::{Condition, OperatorKind, Polarity, Policy, PrincipalEntry, PrincipalKind, Statement};
use crate::evaluate::{self, Caller};
use crate::keys::{Authority, authority};
use crate::pattern::has_wildcard;

/// Scenarios of one principal.
pub(super) struct Group<'p> {
    /// The first of these that holds says it all: the later ones, and `otherwise`, are contained in it.
    pub(super) first_of: Vec<Scenario<'p>>,
    /// If none of those holds, each of these that holds counts.
    pub(super) otherwise: Vec<Scenario<'p>>,
    /// Whether all of it is contained in what an earlier group of the statement found, if that is anybody.
    pub(super) is_part_of_anybody: bool,
}

/// Whom a policy means: what the Allow's conditions name, and what the Denies spare.
struct Meant<'p> {
    conditions: Vec<(Authority, &'p Condition)>,
    /// ARNs and accounts that a Deny with `NotPrincipal` spares.
    spared: Vec<&'p str>,
    /// Services that a Deny names.
    denied_services: Vec<&'p str>,
}

impl<'p> Meant<'p> {
    fn by(policy: &'p Policy, statement: &'p Statement) -> Self {
        let denies = || policy.denies();
        let spared = denies()
            .filter_map(|deny| deny.principal.as_ref())
            .filter(|element| element.polarity == Polarity::Not)
            .flat_map(|element| &element.entries)
            .map(|entry| entry.value.as_str());
        Self {
            conditions: statement
                .conditions
                .iter()
                .chain(denies().flat_map(|deny| &deny.conditions))
                .map(|condition| (authority(&condition.key), condition))
                .collect(),
            spared: spared.collect(),
            denied_services: denies()
                .filter_map(|deny| deny.principal.as_ref())
                .flat_map(|element| &element.entries)
                .filter(|entry| entry.kind == PrincipalKind::Service)
                .map(|entry| entry.value.as_str())
                .collect(),
        }
    }

    fn conditions(&self, wanted: Authority) -> impl Iterator<Item = &'p Condition> + '_ {
        self.conditions
            .iter()
            .filter(move |(authority, _)| *authority == wanted)
            .map(|(_, condition)| *condition)
    }

    fn values(&self, wanted: Authority) -> impl Iterator<Item = &'p str> + '_ {
        let spared = self
            .spared
            .iter()
            .copied()
            .filter(move |_| wanted == Authority::CallerArn);
        self.conditions(wanted)
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str())
            .chain(spared)
    }

    /// Patterns of ARNs that may tell callers apart: that of the principal, and those of conditions.
    fn patterns_of_callers(&self, principal: Option<&'p str>, partition: &str) -> Rc<[Cow<'p, str>]> {
        let texts = principal.into_iter().chain(self.values(Authority::CallerArn));
        let asks_for_kind =
            |(_, condition): &(Authority, &Condition)| condition.key.eq_ignore_ascii_case("aws:PrincipalType");
        // The sessions of federated users, which nothing but their ARN or their kind tells from others.
        let sessions = self.conditions.iter().any(asks_for_kind);
        let sessions = sessions.then(|| Cow::Owned(format!("arn:{partition}:sts::*:federated-user/*")));
        texts
            .map(Cow::Borrowed)
            .chain(self.user_arns(partition).map(Cow::Owned))
            .chain(sessions)
            .collect()
    }

    /// ARNs of users with the names that conditions ask for, without a path and in any.
    fn user_arns(&self, partition: &str) -> impl Iterator<Item = String> {
        self.conditions
            .iter()
            .filter(|(_, condition)| condition.key.eq_ignore_ascii_case("aws:username"))
            .flat_map(|(_, condition)| &condition.values)
            .flat_map(move |value| ["", "*/"].map(|path| format!("arn:{partition}:iam::*:user/{path}{}", value.text)))
    }
}

/// The scenarios to look at for an Allow statement of a resource policy.
pub(super) fn scenarios<'p>(
    policy: &'p Policy,
    statement: &'p Statement,
    directory: &AccountDirectory,
    accepts: Accepts,
    searcher: &Searcher<'p>,
) -> Vec<Group<'p>> {
    let Some(element) = &statement.principal else {
        return Vec::new();
    };
    let meant = Meant::by(policy, statement);
    if element.polarity == Polarity::Not {
        return anyone(None, statement, &meant, directory, accepts, searcher);
    }
    let mut groups = Vec::new();
    for entry in &element.entries {
        let is_open = entry.is_anyone()
            || entry.kind == PrincipalKind::CanonicalUser && entry.value == "*"
            || entry.kind == PrincipalKind::Aws && account_of(&entry.value).is_none() && has_wildcard(&entry.value);
        if is_open {
            groups.extend(anyone(
                (!entry.is_anyone()).then_some(entry.value.as_str()),
                statement,
                &meant,
                directory,
                accepts,
                searcher,
            ));
        } else {
            groups.extend(named(entry, statement, &meant, directory, searcher));
        }
    }
    groups
}

/// Everybody, held to a pattern of ARNs if one is given.
fn anyone<'p>(
    arn_pattern: Option<&'p str>,
    statement: &Statement,
    meant: &Meant<'p>,
    directory: &AccountDirectory,
    accepts: Accepts,
    searcher: &Searcher<'p>,
) -> Vec<Group<'p>> {
    let patterns = meant.patterns_of_callers(arn_pattern, searcher.partition);
    let strangers = Principals::new(
        searcher.stranger_accounts.clone(),
        Rc::clone(&patterns),
        searcher.partition,
    );
    let scenario = |class, who: &str, callers: Callers<'p>, standing| Scenario {
        class,
        who: who.to_owned(),
        account: None,
        callers,
        standing,
    };
    let who = arn_pattern.unwrap_or("*");
    let mut open = Vec::new();
    let answers_anonymous = accepts == Accepts::Anonymous
        && arn_pattern.is_none()
        && Accepts::of_statement(statement) == Accepts::Anonymous;
    if answers_anonymous {
        open.push(scenario(
            Reach::Internet,
            who,
            Callers::these(vec![Caller::Anonymous]),
            Standing::Stranger,
        ));
    }
    open.push(scenario(
        Reach::AnyAwsAccount,
        who,
        Callers::of(&strangers),
        Standing::Stranger,
    ));
    // Services are nobody's account: that they get in says nothing about who else does.
    let mut by_services = Vec::new();
    let asks_for_source = meant.conditions.iter().any(|(authority, _)| {
        matches!(
            authority,
            Authority::SourceAccount
                | Authority::SourceArn
                | Authority::SourceOrganisation
                | Authority::SourceToken
                | Authority::CallerIsService
        )
    });
    let services = services_of(meant);
    if arn_pattern.is_none() {
        // Held to services, the statement lets no stranger in by themselves; otherwise any account's topic or bucket will do.
        let wants_source = |condition: &Condition| {
            let is_absence = condition.operator.kind == OperatorKind::Null
                && condition
                    .values
                    .iter()
                    .all(|value| value.text.eq_ignore_ascii_case("true"));
            !is_absence
                && matches!(
                    authority(&condition.key),
                    Authority::SourceAccount
                        | Authority::SourceArn
                        | Authority::SourceOrganisation
                        | Authority::SourceToken
                )
        };
        let is_held_to_services = !statement.conditions.iter().any(wants_source)
            || statement
                .conditions
                .iter()
                .any(|condition| assess(condition).restricts == Some(RestrictedBy::Service));
        let (class, list) = if is_held_to_services {
            (Reach::AwsService { guarded: false }, &mut by_services)
        } else {
            (Reach::AnyAwsAccount, &mut open)
        };
        let callers = Callers::these(services.clone());
        list.push(scenario(class, who, callers, Standing::ServiceForStranger));
    }
    // Not open to strangers: whom do the conditions mean?
    let mut narrower = Vec::new();
    let callers = Callers::of(&strangers).after(answers_anonymous.then_some(Caller::Anonymous));
    narrower.push(scenario(Reach::Network, who, callers, Standing::InNamedNetwork));
    for organisation in named_organisations(meant, directory, Authority::CallerOrganisation) {
        let class = if directory.is_our_organisation(&organisation) {
            Reach::Organisation
        } else {
            Reach::UnknownOrganisation
        };
        narrower.push(scenario(
            class,
            &organisation,
            Callers::of(&strangers),
            Standing::Member {
                organisation: organisation.clone(),
            },
        ));
    }
    for account in named_accounts(
        meant,
        directory,
        &[
            Authority::CallerAccount,
            Authority::CallerArn,
            Authority::ThroughAccount,
            Authority::ThroughArn,
        ],
    ) {
        let class = standing_class(directory.standing(&account));
        let principals = Principals::new(vec![account.clone()], Rc::clone(&patterns), searcher.partition);
        narrower.push(Scenario {
            class,
            who: account.clone(),
            account: Some(account),
            callers: Callers::of(&principals),
            standing: Standing::Named,
        });
    }
    if meant.values(Authority::CallerId).next().is_some() {
        // Unique ids say nothing about the account; the one that owns the resource is the likeliest, but not certain.
        let who = meant.values(Authority::CallerId).next().unwrap_or("*");
        let account = directory.own().unwrap_or("000000000000").to_owned();
        narrower.push(scenario(
            Reach::UnknownAccount,
            who,
            Callers::of(&Principals::new(vec![account], patterns, searcher.partition)),
            Standing::Named,
        ));
    }
    let mut groups = vec![Group {
        first_of: open,
        otherwise: narrower,
        is_part_of_anybody: false,
    }];
    if arn_pattern.is_none() {
        let otherwise = if asks_for_source {
            sources(meant, directory, &services)
        } else {
            Vec::new()
        };
        groups.push(Group {
            first_of: by_services,
            otherwise,
            is_part_of_anybody: true,
        });
        groups.extend(by_tokens(statement, meant));
    }
    groups
}

/// Users of identity providers, where conditions of everybody's statement ask for claims of their tokens and it is about roles.
fn by_tokens<'p>(statement: &Statement, meant: &Meant<'p>) -> Option<Group<'p>> {
    const ACTIONS: [&str; 3] = [
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        "sts:TagSession",
    ];
    let is_about_roles = ACTIONS
        .iter()
        .any(|action| evaluate::action_matches(&statement.action, action));
    let (provider, _) = meant.conditions(Authority::Claim).next()?.key.rsplit_once(':')?;
    let scenario = |pinned, standing| Scenario {
        class: Reach::Federation { pinned },
        who: provider.to_owned(),
        account: None,
        callers: Callers::these(vec![Caller::Federated {
            provider: provider.to_owned(),
        }]),
        standing,
    };
    is_about_roles.then(|| Group {
        first_of: vec![
            scenario(false, Standing::AnyTokenHolder),
            scenario(true, Standing::Named),
        ],
        otherwise: Vec::new(),
        is_part_of_anybody: true,
    })
}

/// Services acting for accounts that the conditions name.
fn sources<'p>(meant: &Meant<'p>, directory: &AccountDirectory, services: &[Caller]) -> Vec<Scenario<'p>> {
    let mut found = Vec::new();
    let scenario = |class, who: &str, account: Option<String>| Scenario {
        class,
        who: who.to_owned(),
        account: account.clone(),
        callers: Callers::these(services.to_vec()),
        standing: Standing::ServiceFor { account },
    };
    for account in named_accounts(meant, directory, &[Authority::SourceAccount, Authority::SourceArn]) {
        let class = match standing_class(directory.standing(&account)) {
            Reach::SameAccount => Reach::AwsService { guarded: true },
            other => other,
        };
        found.push(scenario(class, &account, Some(account.clone())));
    }
    // ARNs without account (buckets, API Gateway's) name one resource in the world.
    let is_unowned = |value: &&str| {
        let names_one =
            |arn: Arn<'_>| arn.account.is_empty() || arn.bucket().is_some_and(|bucket| !has_wildcard(bucket));
        Arn::read(value).is_some_and(names_one) && !value.contains("${")
    };
    if let Some(source) = meant.values(Authority::SourceArn).find(is_unowned) {
        found.push(scenario(Reach::AwsService { guarded: true }, source, None));
    }
    if let Some(token) = meant.values(Authority::SourceToken).next() {
        found.push(scenario(Reach::AwsService { guarded: true }, token, None));
    }
    for organisation in named_organisations(meant, directory, Authority::SourceOrganisation) {
        let class = if directory.is_our_organisation(&organisation) {
            Reach::AwsService { guarded: true }
        } else {
            Reach::UnknownOrganisation
        };
        found.push(scenario(class, &organisation, None));
    }
    found
}

/// A principal that is not everybody.
fn named<'p>(
    entry: &'p PrincipalEntry,
    statement: &Statement,
    meant: &Meant<'p>,
    directory: &AccountDirectory,
    searcher: &Searcher<'p>,
) -> Vec<Group<'p>> {
    let value = entry.value.as_str();
    let single = |scenario| {
        vec![Group {
            first_of: vec![scenario],
            otherwise: Vec::new(),
            is_part_of_anybody: false,
        }]
    };
    match entry.kind {
        PrincipalKind::Anyone => Vec::new(),
        PrincipalKind::Aws if is_unique_id(value) => Vec::new(),
        PrincipalKind::Aws if is_origin_access_identity(value) => single(Scenario {
            class: Reach::AwsService { guarded: true },
            who: value.to_owned(),
            account: None,
            callers: Callers::these(vec![Caller::User { arn: value.to_owned() }]),
            standing: Standing::Named,
        }),
        PrincipalKind::Aws | PrincipalKind::CanonicalUser => {
            let account = match entry.kind {
                PrincipalKind::CanonicalUser => directory.account_of_canonical_user(value),
                _ => account_of(value),
            };
            let mut class = account.map_or(Reach::UnknownAccount, |account| {
                standing_class(directory.standing(account))
            });
            let is_in_our_organisation = statement.conditions.iter().any(|condition| {
                assess(condition).restricts == Some(RestrictedBy::Organisation)
                    && condition
                        .values
                        .iter()
                        .all(|value| directory.is_our_organisation(&value.text))
            });
            if is_in_our_organisation {
                class = class.min(Reach::Organisation);
            }
            let account_id = account.unwrap_or("000000000000").to_owned();
            let one =
                Caller::read(value).filter(|caller| !matches!(caller, Caller::Root { .. }) && !has_wildcard(value));
            let callers = match one {
                // A user, role or session by its name: nobody else is meant.
                Some(caller) if entry.kind == PrincipalKind::Aws => Callers::these(vec![caller]),
                _ => {
                    let patterns = meant
                        .patterns_of_callers((entry.kind == PrincipalKind::Aws).then_some(value), searcher.partition);
                    Callers::of(&Principals::new(vec![account_id], patterns, searcher.partition))
                }
            };
            single(Scenario {
                class,
                who: value.to_owned(),
                account: account.map(str::to_owned),
                callers,
                standing: Standing::Named,
            })
        }
        PrincipalKind::Service => {
            let callers = vec![Caller::Service {
                name: value.replace('*', "sns"),
            }];
            let scenario = |class, standing| Scenario {
                class,
                who: value.to_owned(),
                account: None,
                callers: Callers::these(callers.clone()),
                standing,
            };
            let mut scenarios = vec![
                scenario(Reach::AwsService { guarded: false }, Standing::ServiceForStranger),
                scenario(
                    Reach::AwsService { guarded: true },
                    Standing::ServiceFor {
                        account: directory.own().map(str::to_owned),
                    },
                ),
            ];
            scenarios.extend(sources(meant, directory, &callers).into_iter().map(|mut source| {
                source.who = format!("{value} for {}", source.who);
                source
            }));
            // Guarded or not is one question; the other accounts it acts for are others.
            let mut others = scenarios.split_off(2);
            others.retain(|scenario| !matches!(scenario.class, Reach::AwsService { .. }));
            let open = scenarios.remove(0);
            scenarios.extend(others);
            vec![Group {
                first_of: vec![open],
                otherwise: scenarios,
                is_part_of_anybody: false,
            }]
        }
        PrincipalKind::Federated => {
            let provider = value.replace('*', "strangers.example");
            let account = account_of(value).map(str::to_owned);
            let callers = vec![Caller::Federated {
                provider: provider.clone(),
            }];
            let scenario = |pinned, standing| Scenario {
                class: Reach::Federation { pinned },
                who: value.to_owned(),
                account: account.clone(),
                callers: Callers::these(callers.clone()),
                standing,
            };
            // Assertions of a SAML provider come from the identity provider that was registered: it is pinned by itself.
            let is_own_provider = value.contains(":saml-provider/");
            let mut scenarios = vec![scenario(true, Standing::Named)];
            if !is_own_provider {
                scenarios.insert(0, scenario(false, Standing::AnyTokenHolder));
            }
            vec![Group {
                first_of: scenarios,
                otherwise: Vec::new(),
                is_part_of_anybody: false,
            }]
        }
    }
}

fn named_organisations(meant: &Meant<'_>, directory: &AccountDirectory, wanted: Authority) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in meant.values(wanted) {
        if value.starts_with("${") {
            found.extend(directory.organisations().map(str::to_owned));
        } else {
            found.extend(
                value
                    .split('/')
                    .next()
                    .filter(|root| !root.is_empty() && !has_wildcard(root))
                    .map(str::to_owned),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

fn named_accounts(meant: &Meant<'_>, directory: &AccountDirectory, wanted: &[Authority]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in wanted.iter().flat_map(|wanted| meant.values(*wanted)) {
        if let Some(account) = account_of(value) {
            found.push(account.to_owned());
        } else if value.to_ascii_lowercase().contains("${aws:resourceaccount}") {
            found.extend(directory.own().map(str::to_owned));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Services that may call: those named by `aws:PrincipalServiceName` or by the source's ARN, else a common one.
fn services_of(meant: &Meant<'_>) -> Vec<Caller> {
    let mut names: Vec<String> = Vec::new();
    for condition in meant.conditions(Authority::CallerIsService) {
        names.extend(
            condition
                .values
                .iter()
                .filter(|value| value.text.contains('.'))
                .map(|value| value.text.replace('*', "sns")),
        );
    }
    for value in meant.values(Authority::SourceArn) {
        names.extend(
            Arn::read(value)
                .filter(|arn| !has_wildcard(arn.service))
                .map(|arn| format!("{}.amazonaws.com", arn.service)),
        );
    }
    names.dedup();
    // And one that nobody has in mind, which no Deny names either.
    let asked = meant
        .conditions(Authority::CallerIsService)
        .flat_map(|condition| &condition.values);
    let named: Vec<&str> = asked
        .map(|value| value.text.as_str())
        .chain(meant.denied_services.iter().copied())
        .collect();
    let is_named = |name: &str| {
        let mut known = names.iter().map(String::as_str).chain(named.iter().copied());
        known.any(|known| known.eq_ignore_ascii_case(name))
    };
    let another = service_besides(is_named);
    names
        .into_iter()
        .map(|name| Caller::Service { name })
        .chain([another])
        .collect()
}
