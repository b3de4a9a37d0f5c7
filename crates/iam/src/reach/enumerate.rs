//! Which classes of requesters a statement might let in: strangers first, then whoever its principals and conditions
//! name.

use std::rc::Rc;

use super::Reach;
use super::callers::{Callers, Principals, service_besides};
use super::findings::Accepts;
use super::meant::Meant;
use super::normalise::standing_class;
use super::restriction::{RestrictedBy, assess};
use super::scenario::{Scenario, Standing};
use super::solve::{Searcher, UNNAMED_ORGANISATION};
use super::tokens::narrowing;
use crate::actions;
use crate::arn::{Arn, account_of, is_account_id, is_origin_access_identity, is_saml_provider, is_unique_id};
use crate::claims::has_guests;
use crate::directory::AccountDirectory;
use crate::document::{Condition, OperatorKind, Polarity, PrincipalEntry, PrincipalKind, Statement};
use crate::evaluate::{self, Caller};
use crate::keys::{Authority, authority};
use crate::pattern::{self, Case, has_wildcard};

/// How many accounts of ours a pattern of account ids is tried on.
const MOST_ALIKE: usize = 16;

/// Scenarios of one principal.
pub(super) struct Group<'p> {
    /// The first of these that holds says it all: the later ones, and `otherwise`, are contained in it.
    pub(super) first_of: Vec<Scenario<'p>>,
    /// If none of those holds, each of these that holds counts.
    pub(super) otherwise: Vec<Scenario<'p>>,
    /// If none of those either, these: whom nothing names, but something may mean.
    pub(super) at_last: Vec<Scenario<'p>>,
    /// Whether all of it is contained in what an earlier group of the statement found, if that is anybody.
    pub(super) is_part_of_anybody: bool,
}

/// The scenarios to look at for an Allow statement of a resource policy.
pub(super) fn scenarios<'p>(
    statement: &'p Statement,
    directory: &AccountDirectory,
    accepts: Accepts,
    searcher: &Searcher<'p>,
) -> Vec<Group<'p>> {
    let Some(element) = &statement.principal else {
        return Vec::new();
    };
    let meant = Meant::by(searcher, statement);
    if element.polarity == Polarity::Not {
        let mut groups = anyone(None, statement, &meant, directory, accepts, searcher);
        groups.extend(spared(statement, &meant, directory, searcher));
        return groups;
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
            if entry.is_anyone() {
                groups.extend(spared(statement, &meant, directory, searcher));
            }
        } else {
            groups.extend(named(entry, statement, &meant, directory, searcher));
        }
    }
    groups
}

/// Whom Denies with `NotPrincipal` spare and who is of no account: services, providers, canonical users, origin access identities.
fn spared<'p>(
    statement: &Statement,
    meant: &Meant<'p>,
    directory: &AccountDirectory,
    searcher: &Searcher<'p>,
) -> Vec<Group<'p>> {
    let has_no_account = |entry: &&&PrincipalEntry| match entry.kind {
        PrincipalKind::Anyone => false,
        PrincipalKind::Aws => is_origin_access_identity(&entry.value),
        PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => true,
    };
    let entries = meant.spared.iter().filter(has_no_account);
    let mut groups: Vec<Group<'p>> = entries
        .flat_map(|entry| named(entry, statement, meant, directory, searcher))
        .collect();
    for group in &mut groups {
        group.is_part_of_anybody = true;
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
    let strangers = searcher.strangers_under(&patterns);
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
    let services = services_of(meant, searcher);
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
        let standing = Standing::Member {
            organisation: organisation.id,
        };
        let callers = Callers::of(&strangers);
        narrower.push(scenario(organisation.class, &organisation.who, callers, standing));
    }
    let of_callers = [
        Authority::CallerAccount,
        Authority::CallerArn,
        Authority::ThroughAccount,
        Authority::ThroughArn,
    ];
    let named = of_callers.iter().flat_map(|wanted| meant.values(*wanted));
    let named = named.chain(meant.owners()).chain(meant.through_variables());
    let named = accounts_in(named, directory);
    // What compares the caller with something else may mean whoever owns the resource.
    let own = directory
        .own()
        .filter(|own| !named.iter().any(|account| account == own));
    let own = own.filter(|_| meant.compares_callers()).map(str::to_owned);
    let of_account = |account: String| {
        let principals = Principals::new(vec![account.clone()], Rc::clone(&patterns), searcher.partition);
        Scenario {
            class: standing_class(directory.standing(&account)),
            who: account.clone(),
            account: Some(account),
            callers: Callers::of(&principals),
            standing: Standing::Named,
        }
    };
    narrower.extend(named.into_iter().map(&of_account));
    let at_last = own.into_iter().map(&of_account).collect();
    let mut ids: Vec<&str> = meant.values(Authority::CallerId).collect();
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty() {
        // Unique ids say nothing about the account; the one that owns the resource is the likeliest, but not certain.
        let own = directory.own().unwrap_or("000000000000").to_owned();
        let accounts = std::iter::once(own).chain(searcher.strangers.accounts.first().cloned());
        narrower.push(scenario(
            Reach::UnknownAccount,
            &ids.join(", "),
            Callers::of(&Principals::new(
                accounts.collect(),
                Rc::clone(&patterns),
                searcher.partition,
            )),
            Standing::Named,
        ));
    }
    let mut groups = vec![Group {
        first_of: open,
        otherwise: narrower,
        at_last,
        is_part_of_anybody: false,
    }];
    if arn_pattern.is_none() {
        let mut otherwise = if asks_for_source {
            sources(meant, directory, &services)
        } else {
            Vec::new()
        };
        if meant.asks_for_owners_only() {
            // What the account may itself, services do for it.
            for source in &mut otherwise {
                let account = source.account.as_deref();
                source.class = account.map_or(source.class, |account| standing_class(directory.standing(account)));
            }
        }
        groups.push(Group {
            first_of: by_services,
            otherwise,
            at_last: Vec::new(),
            is_part_of_anybody: true,
        });
        groups.extend(by_tokens(statement, meant));
    }
    groups
}

/// Users of identity providers, where everybody's statement is about roles: of the one whose claims conditions ask for, or else of any.
fn by_tokens<'p>(statement: &Statement, meant: &Meant<'p>) -> Option<Group<'p>> {
    const ACTIONS: [&str; 3] = [
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        "sts:TagSession",
    ];
    let is_about_roles = ACTIONS
        .iter()
        .any(|action| evaluate::action_matches(&statement.action, action));
    let asked = meant.conditions(Authority::Claim).next();
    let provider = asked.and_then(|condition| condition.key.rsplit_once(':'));
    // Some provider that needs no registration.
    let (provider, who) = provider.map_or(("accounts.google.com", "*"), |(provider, _)| (provider, provider));
    let scenario = |(pinned, standing)| Scenario {
        class: Reach::Federation { pinned },
        who: who.to_owned(),
        account: None,
        callers: Callers::these(vec![Caller::Federated {
            provider: provider.to_owned(),
        }]),
        standing,
    };
    is_about_roles.then(|| Group {
        first_of: token_holders(provider).map(scenario).collect(),
        otherwise: Vec::new(),
        at_last: Vec::new(),
        is_part_of_anybody: true,
    })
}

/// Who may hold tokens of a provider, and whether they are meant. Assertions of a SAML provider come from the identity provider that was
/// registered: it is pinned by itself.
fn token_holders(provider: &str) -> impl Iterator<Item = (bool, Standing)> {
    let is_open = !is_saml_provider(provider);
    let any = is_open.then_some((false, Standing::AnyTokenHolder));
    let guest = has_guests(provider).then_some((false, Standing::Guest));
    any.into_iter().chain(guest).chain([(true, Standing::Named)])
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
    let of_sources = [Authority::SourceAccount, Authority::SourceArn];
    let named = of_sources.iter().flat_map(|wanted| meant.values(*wanted));
    for account in accounts_in(named, directory) {
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
        let class = match organisation.class {
            Reach::Organisation => Reach::AwsService { guarded: true },
            other => other,
        };
        found.push(Scenario {
            standing: Standing::ServiceForMember {
                organisation: organisation.id,
            },
            ..scenario(class, &organisation.who, None)
        });
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
            at_last: Vec::new(),
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
            let accounts = match account {
                Some(account) => vec![account.to_owned()],
                None => accounts_of_unknown(meant, directory, searcher),
            };
            let one =
                Caller::read(value).filter(|caller| !matches!(caller, Caller::Root { .. }) && !has_wildcard(value));
            let callers = match one {
                // A user, role or session by its name: nobody else is meant.
                Some(caller) if entry.kind == PrincipalKind::Aws => {
                    let patterns = meant.patterns_of_callers(None, searcher.partition);
                    Callers::named(caller, &patterns)
                }
                _ => {
                    let patterns = meant
                        .patterns_of_callers((entry.kind == PrincipalKind::Aws).then_some(value), searcher.partition);
                    Callers::of(&Principals::new(accounts, patterns, searcher.partition))
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
            let open = scenario(Reach::AwsService { guarded: false }, Standing::ServiceForStranger);
            let own = Standing::ServiceFor {
                account: directory.own().map(str::to_owned),
            };
            let sources = sources(meant, directory, &callers).into_iter().map(|mut source| {
                source.who = format!("{value} for {}", source.who);
                source
            });
            // Guarded or not is one question, whoever of ours it acts for; the other accounts it acts for are others.
            let (ours, others): (Vec<_>, Vec<_>) =
                sources.partition(|scenario| matches!(scenario.class, Reach::AwsService { .. }));
            let guarded = scenario(Reach::AwsService { guarded: true }, own);
            vec![
                Group {
                    first_of: vec![open],
                    otherwise: others,
                    at_last: Vec::new(),
                    is_part_of_anybody: false,
                },
                Group {
                    first_of: std::iter::once(guarded).chain(ours).collect(),
                    otherwise: Vec::new(),
                    at_last: Vec::new(),
                    is_part_of_anybody: true,
                },
            ]
        }
        PrincipalKind::Federated => {
            let provider = value.replace('*', "strangers.example");
            let account = account_of(value).map(str::to_owned);
            let callers = vec![Caller::Federated {
                provider: provider.clone(),
            }];
            let scenario = |(pinned, standing)| Scenario {
                class: Reach::Federation { pinned },
                who: value.to_owned(),
                account: account.clone(),
                callers: Callers::these(callers.clone()),
                standing,
            };
            let scenarios = token_holders(value).map(scenario).collect();
            vec![Group {
                first_of: scenarios,
                otherwise: Vec::new(),
                at_last: Vec::new(),
                is_part_of_anybody: false,
            }]
        }
    }
}

/// Accounts of which a canonical user may be that nobody told: any.
fn accounts_of_unknown(meant: &Meant<'_>, directory: &AccountDirectory, searcher: &Searcher<'_>) -> Vec<String> {
    let named = [Authority::CallerAccount, Authority::CallerArn];
    let named = named.iter().flat_map(|wanted| meant.values(*wanted));
    let unknown = std::iter::once("000000000000".to_owned());
    let strangers = searcher.strangers.accounts.iter().cloned();
    let own = directory.own().map(str::to_owned);
    unknown
        .chain(strangers)
        .chain(accounts_in(named, directory))
        .chain(own)
        .collect()
}

/// Organisations that conditions name; that of the resource where a variable stands for it.
fn named_organisations(meant: &Meant<'_>, directory: &AccountDirectory, wanted: Authority) -> Vec<Organisation> {
    let mut ids: Vec<String> = Vec::new();
    for value in meant.values(wanted) {
        if value.starts_with("${") {
            ids.extend(directory.organisations().map(str::to_owned));
            if directory.organisations().next().is_none() {
                ids.push(UNNAMED_ORGANISATION.to_owned());
            }
        } else {
            let root = value.split('/').next();
            ids.extend(
                root.filter(|root| !root.is_empty() && !has_wildcard(root))
                    .map(str::to_owned),
            );
        }
    }
    ids.sort();
    ids.dedup();
    let organisation = |id: String| {
        let is_unnamed = id == UNNAMED_ORGANISATION;
        Organisation {
            class: if is_unnamed || directory.is_our_organisation(&id) {
                Reach::Organisation
            } else {
                Reach::UnknownOrganisation
            },
            who: if is_unnamed {
                "${aws:ResourceOrgID}".to_owned()
            } else {
                id.clone()
            },
            id,
        }
    };
    ids.into_iter().map(organisation).collect()
}

/// An organisation that may be let in.
struct Organisation {
    id: String,
    class: Reach,
    /// For the answer.
    who: String,
}

/// Accounts that the values name, or may mean with their wildcards.
fn accounts_in<'v>(values: impl Iterator<Item = &'v str>, directory: &AccountDirectory) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in values {
        if let Some(account) = account_of(value) {
            found.push(account.to_owned());
        } else if value.to_ascii_lowercase().contains("${aws:resourceaccount}") {
            found.extend(directory.own().map(str::to_owned));
        } else {
            found.extend(account_ids(value).map(str::to_owned));
            let alike = account_patterns(value).flat_map(|pattern| directory.accounts_like(pattern));
            found.extend(alike.take(MOST_ALIKE).map(str::to_owned));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Parts of a pattern that may match some account ids and not others.
fn account_patterns(text: &str) -> impl Iterator<Item = &str> {
    text.split(':').filter(|part| {
        let mut bytes = part.bytes();
        has_wildcard(part)
            && bytes.all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'?'))
            && part.bytes().any(|byte| byte.is_ascii_digit() || byte == b'?')
    })
}

/// Twelve digits on their own in a text: `111111111111` in `*111111111111:role/x`.
pub(super) fn account_ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter(|run| is_account_id(run))
}

/// Names of services that a text names or a pattern matches: known ones.
fn services_like(pattern: &str) -> Vec<String> {
    /// As many are tried of a pattern.
    const MOST: usize = 3;
    if !has_wildcard(pattern) {
        return pattern.contains('.').then(|| pattern.to_owned()).into_iter().collect();
    }
    let usual = ["sns", "events", "s3", "delivery.logs", "logging.s3"];
    let published = actions::list().services().iter().map(|service| service.prefix);
    let names = usual.into_iter().chain(published);
    let names = names.flat_map(|name| ["amazonaws.com", "amazonaws.com.cn"].map(|suffix| format!("{name}.{suffix}")));
    names
        .filter(|name| pattern::matches(pattern, name, Case::Sensitive))
        .take(MOST)
        .collect()
}

/// Services that may call: those named by `aws:PrincipalServiceName` or by the source's ARN, else a common one.
fn services_of(meant: &Meant<'_>, searcher: &Searcher<'_>) -> Vec<Caller> {
    let mut names: Vec<String> = Vec::new();
    for condition in meant.conditions(Authority::CallerIsService) {
        names.extend(condition.values.iter().flat_map(|value| services_like(&value.text)));
    }
    for value in meant.values(Authority::SourceArn) {
        names.extend(
            Arn::read(value)
                .filter(|arn| !has_wildcard(arn.service))
                .map(|arn| format!("{}.amazonaws.com", arn.service)),
        );
    }
    // One for each combination of the patterns, whether there is such a service or not.
    let asked = meant.conditions(Authority::CallerIsService);
    let asked = asked.flat_map(|condition| &condition.values);
    let patterns = narrowing(asked.map(|value| value.text.as_str()));
    if !patterns.is_empty() {
        let told_apart = searcher.search.services(&patterns, searcher.partition);
        names.extend(told_apart.found.iter().cloned());
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
