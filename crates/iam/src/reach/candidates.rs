//! Values a context key may take for a class of requesters. For each key the values that can make a difference are few:
//! those the policy names, one beside each boundary, a fresh one, and none.

mod addresses;
mod cases;
mod claims;
mod free;
mod organisations;
mod sources;
mod times;

use std::borrow::Cow;

use self::addresses::{addresses, boundaries, edges, networks};
pub(super) use self::addresses::{fixes_two_parts, is_of_networks};
use self::claims::claims;
use self::free::{combined, free, fresh};
use self::organisations::organisations;
use self::sources::{owned_values, sources};
use self::times::times;
use super::asked::AskedKey;
use super::key_search::KeySearch;
use super::scenario::{Scenario, Standing};
use super::strangers::Strangers;
use crate::arn::account_of;
use crate::cidr::read_network;
use crate::document::{Condition, OperatorKind};
use crate::evaluate::{self, Caller};
use crate::keys::{Authority, is_always_present, is_of_owner};
use crate::pattern::has_wildcard;

/// The values of a key in one request; `None`: the request does not have the key.
pub(crate) type Values = Option<Vec<String>>;

/// Where the request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Venue {
    Internet,
    VpcEndpoint,
}

/// A text that no policy names.
pub(super) const FRESH: &str = "witness";
pub(super) const FRESH_ORGANISATION: &str = "o-strangers0";

/// What the values of a key depend on, of who asks and from where. What does not matter to the key is left out, so that those who ask
/// alike share what was worked out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asker<'a> {
    is_service: bool,
    /// Whether the request lacks what it needs to have the key.
    lacks_credentials: bool,
    venue: Venue,
    standing: Cow<'a, Standing>,
    /// The one resource for which a service acts, if that is all that is meant.
    source: Option<Cow<'a, str>>,
    caller: Option<Cow<'a, Caller>>,
}

impl<'a> Asker<'a> {
    /// Of the key, what matters of a caller of the scenario in a venue.
    pub(super) fn new(key: &AskedKey<'_>, scenario: &'a Scenario<'_>, caller: &'a Caller, venue: Venue) -> Self {
        let alike = Self {
            is_service: false,
            lacks_credentials: !key.needs.has(caller),
            venue: Venue::Internet,
            standing: Cow::Borrowed(&Standing::Stranger),
            source: None,
            caller: None,
        };
        // Where it only matters whether the policy may name them.
        let named = || {
            let may_be = scenario.standing.may_be_named();
            Cow::Borrowed(if may_be { &Standing::Named } else { &Standing::Stranger })
        };
        // Whoever holds a token may sit in any network.
        let placed = || match scenario.standing {
            Standing::AnyTokenHolder | Standing::Guest => Cow::Borrowed(&Standing::Named),
            _ => named(),
        };
        let whole = || Cow::Borrowed(&scenario.standing);
        let is_service = matches!(caller, Caller::Service { .. });
        match key.authority {
            Authority::SourceAddress | Authority::VpcAddress | Authority::Vpc => Self {
                is_service,
                venue,
                standing: placed(),
                caller: key.is("aws:VpceAccount").then_some(Cow::Borrowed(caller)),
                ..alike
            },
            Authority::Claim => Self {
                standing: match &scenario.standing {
                    Standing::Guest => whole(),
                    _ => named(),
                },
                caller: Some(Cow::Borrowed(caller)),
                ..alike
            },
            Authority::CallerId => Self {
                standing: whole(),
                caller: Some(Cow::Borrowed(caller)),
                ..alike
            },
            Authority::SourceAccount | Authority::SourceArn | Authority::SourceOrganisation => {
                let is_one = scenario.who.starts_with("arn:");
                Self {
                    is_service,
                    standing: whole(),
                    source: is_one.then_some(Cow::Borrowed(scenario.who.as_str())),
                    caller: is_of_owner(key.name).then_some(Cow::Borrowed(caller)),
                    ..alike
                }
            }
            Authority::SourceToken => Self {
                is_service,
                standing: named(),
                ..alike
            },
            Authority::MountTarget => Self {
                standing: named(),
                ..alike
            },
            Authority::CallerOrganisation | Authority::ThroughAccount | Authority::ThroughArn => Self {
                standing: whole(),
                ..alike
            },
            Authority::CallerAccount
            | Authority::CallerArn
            | Authority::CallerIsService
            | Authority::Mfa
            | Authority::Transport
            | Authority::SharedSecret
            | Authority::Resource
            | Authority::ChosenIdentity
            | Authority::ClientHeader
            | Authority::Parameter => alike,
            Authority::Time => Self {
                caller: key.is("aws:TokenIssueTime").then_some(Cow::Borrowed(caller)),
                ..alike
            },
        }
    }

    /// Whether the values of a key may depend on where a request comes from, which then is among what matters.
    pub(super) fn depends_on_venue(authority: Authority) -> bool {
        matches!(
            authority,
            Authority::SourceAddress | Authority::VpcAddress | Authority::Vpc
        )
    }

    pub(super) fn into_owned(self) -> Asker<'static> {
        Asker {
            standing: Cow::Owned(self.standing.into_owned()),
            source: self.source.map(|source| Cow::Owned(source.into_owned())),
            caller: self.caller.map(|caller| Cow::Owned(caller.into_owned())),
            ..self
        }
    }
}

/// What the policy says about one key, and who asks.
pub(super) struct Situation<'a> {
    pub(super) key: &'a AskedKey<'a>,
    pub(super) asker: &'a Asker<'a>,
    /// Every condition on the key in the Allow looked at and in the Denies.
    pub(super) conditions: &'a [&'a Condition],
    pub(super) strangers: &'a Strangers,
    /// The organisations of ours.
    pub(super) organisations: &'a [String],
    /// The account that owns the resource.
    pub(super) own_account: Option<&'a str>,
    /// The partition of the resource.
    pub(super) partition: &'a str,
    /// No request comes before, in seconds since 1970.
    pub(super) earliest_request: Option<i64>,
    pub(super) search: &'a KeySearch,
}

/// The values of the key worth trying, and whether they stand for all.
pub(super) fn candidates(situation: &Situation<'_>) -> (Vec<Values>, bool) {
    situation.search.is_cut_short.set(false);
    let values = values_of(situation);
    situation.search.note(!reads_differently(situation.conditions));
    (values, !situation.search.is_cut_short.get())
}

/// Whether conditions read the values of a key as different things, one of them as texts with wildcards: what each of them tells apart is
/// tried, but not what they tell apart together.
fn reads_differently(conditions: &[&Condition]) -> bool {
    let is_pattern = |condition: &&&Condition| {
        let mut values = condition.values.iter();
        takes_wildcards(condition.operator.kind) && values.any(|value| value.text != "*" && has_wildcard(&value.text))
    };
    let is_of = |kind: &str| {
        conditions
            .iter()
            .any(|condition| condition.operator.kind.name().starts_with(kind))
    };
    let is_of_networks = conditions
        .iter()
        .any(|condition| is_of_networks(condition.operator.kind));
    let (are_numbers, are_moments) = (is_of("Numeric"), is_of("Date"));
    // A text that is left out may be the one example between two numbers.
    let leaves_out = || is_of("StringNot") && (are_numbers || are_moments);
    let are_patterns = conditions.iter().any(|condition| is_pattern(&condition)) || leaves_out();
    let readings = [are_numbers, are_moments, is_of_networks, are_patterns];
    readings.iter().filter(|is_read| **is_read).count() > 1
}

fn values_of(situation: &Situation<'_>) -> Vec<Values> {
    let (key, asker) = (situation.key, situation.asker);
    let (standing, is_service) = (&asker.standing, asker.is_service);
    let mut found = match key.authority {
        // Only a service on behalf of somebody with credentials.
        _ if asker.lacks_credentials && key.is("aws:ViaAWSService") => vec![some("false")],
        _ if asker.lacks_credentials => vec![None],
        Authority::SourceAddress if is_service || asker.venue == Venue::VpcEndpoint => vec![None],
        Authority::SourceAddress => addresses(situation),
        Authority::VpcAddress if asker.venue == Venue::VpcEndpoint && !is_service => {
            let mut found = vec![some("10.0.0.77")];
            found.extend(
                boundaries(&networks(situation.conditions))
                    .into_iter()
                    .map(|address| some(&address.to_string())),
            );
            found
        }
        Authority::Vpc if asker.venue == Venue::VpcEndpoint && !is_service => vpc_ids(situation),
        Authority::VpcAddress | Authority::Vpc => vec![None],
        Authority::CallerOrganisation => organisations(situation),
        Authority::CallerId => caller_ids(situation),
        Authority::SourceAccount | Authority::SourceArn | Authority::SourceOrganisation | Authority::SourceToken
            if !is_service =>
        {
            let owner = asker.caller.as_ref().and_then(|caller| caller.account());
            vec![owner.and_then(some)]
        }
        Authority::SourceToken if standing.may_be_named() => free(situation.conditions, situation.search),
        // A stranger has a name of their own.
        Authority::SourceToken => {
            let asked = situation
                .conditions
                .iter()
                .filter(|condition| takes_wildcards(condition.operator.kind));
            let open = asked
                .flat_map(|condition| &condition.values)
                .filter(|value| has_wildcard(&value.text));
            let mut found = vec![some(FRESH), None];
            found.extend(open.flat_map(|value| instances(&value.text)).map(|text| some(&text)));
            found
        }
        Authority::SourceAccount | Authority::SourceArn | Authority::SourceOrganisation => sources(situation),
        Authority::ThroughAccount | Authority::ThroughArn => {
            let mut found = vec![None];
            found.extend(owned_values(situation, key.authority == Authority::ThroughArn));
            found
        }
        Authority::Claim => claims(situation),
        Authority::Mfa => {
            let mut found = vec![some("true"), some("false"), None];
            found.extend(literals(situation.conditions));
            found
        }
        Authority::Transport if key.is("aws:SecureTransport") => vec![some("true"), some("false")],
        // The versions that there are.
        Authority::Transport => ["1.3", "1.2", "1.1", "1.0"].map(some).to_vec(),
        Authority::Time => times(situation),
        Authority::MountTarget if standing.may_be_named() => vec![some("true"), some("false")],
        Authority::MountTarget => vec![some("false"), None],
        Authority::SharedSecret
        | Authority::Resource
        | Authority::ChosenIdentity
        | Authority::ClientHeader
        | Authority::Parameter
        | Authority::CallerAccount
        | Authority::CallerArn
        | Authority::CallerIsService => free(situation.conditions, situation.search),
    };
    if is_always_present(key.name) {
        found.retain(Option::is_some);
    }
    found.dedup();
    found
}

#[expect(clippy::unnecessary_wraps, reason = "builds a Values")]
fn some(value: &str) -> Values {
    Some(vec![value.to_owned()])
}

/// Values of a key that conditions may tell apart, if nothing is known about who decides it: what the conditions name, a
/// fresh one beside them, and none (`None`). The flag says whether they stand for all.
pub(crate) fn values_worth_trying(conditions: &[&Condition]) -> (Vec<Values>, bool) {
    let search = KeySearch::default();
    let mut found = literals(conditions);
    found.extend(free(conditions, &search));
    search.note(!reads_differently(conditions));
    (found, !search.is_cut_short.get())
}

/// The values that the conditions name, and their neighbours, in the operator's type.
fn literals(conditions: &[&Condition]) -> Vec<Values> {
    let mut found = Vec::new();
    let (mut numbers, mut moments) = (Vec::new(), Vec::new());
    for condition in conditions {
        for value in &condition.values {
            match condition.operator.kind {
                kind if takes_wildcards(kind) => found.extend(instances(&value.text).iter().map(|text| some(text))),
                kind if is_of_networks(kind) => {
                    if let Some(network) = read_network(&value.text) {
                        found.extend(edges(network).iter().map(|address| some(&address.to_string())));
                    }
                }
                kind if kind.name().starts_with("Numeric") => {
                    if let Ok(number) = value.text.trim().parse::<f64>() {
                        found.extend([number, number - 1.0, number + 1.0].map(|number| some(&number.to_string())));
                        numbers.push(number);
                    }
                }
                kind if kind.name().starts_with("Date") => {
                    found.push(some(&value.text));
                    found.extend(["1971-01-01T00:00:00Z", "2199-01-01T00:00:00Z"].map(some));
                    moments.extend(evaluate::read_date(value.text.trim()));
                }
                OperatorKind::Bool => found.extend(["true", "false"].map(some)),
                OperatorKind::Null => {}
                _ => found.push(some(&value.text)),
            }
        }
    }
    // Between two bounds that exclude themselves.
    numbers.sort_by(f64::total_cmp);
    found.extend(
        numbers
            .windows(2)
            .map(|pair| some(&f64::midpoint(pair[0], pair[1]).to_string())),
    );
    moments.sort_unstable();
    let between = moments.windows(2).map(|pair| i64::midpoint(pair[0], pair[1]));
    found.extend(between.filter_map(evaluate::write_date).map(|text| some(&text)));
    found
}

/// Texts that a pattern matches: runs left empty, and filled.
pub(super) fn instances(pattern: &str) -> Vec<String> {
    if !has_wildcard(pattern) {
        return vec![pattern.to_owned()];
    }
    let filled = |run: &str| pattern.replace('*', run).replace('?', "x");
    vec![filled("x"), filled(""), filled(FRESH)]
}

fn vpc_ids(situation: &Situation<'_>) -> Vec<Values> {
    let lower = situation.key.name.to_ascii_lowercase();
    let fresh = match lower.as_str() {
        "aws:sourcevpce" => "vpce-0strangers0000000",
        "aws:vpceaccount" => situation
            .asker
            .caller
            .as_ref()
            .and_then(|caller| caller.account())
            .or(situation.strangers.accounts.first().map(String::as_str))
            .unwrap_or(FRESH),
        "aws:vpceorgid" => FRESH_ORGANISATION,
        "aws:vpceorgpaths" => "o-strangers0/r-0000/ou-0000-00000000/",
        _ => "vpc-0strangers0000000",
    };
    let mut found = vec![some(fresh)];
    for condition in situation.conditions {
        for value in &condition.values {
            let may_have = situation.asker.standing.may_be_named()
                || (has_wildcard(&value.text) && takes_wildcards(condition.operator.kind));
            if may_have && condition.operator.kind != OperatorKind::Null {
                let texts = if takes_wildcards(condition.operator.kind) {
                    instances(&value.text)
                } else {
                    vec![value.text.clone()]
                };
                found.extend(texts.iter().map(|text| some(text)));
            }
        }
    }
    // What several patterns take together; ids that are named are their owners'.
    let values = situation.conditions.iter().flat_map(|condition| &condition.values);
    let named: Vec<&str> = values.map(|value| value.text.as_str()).collect();
    let may_have = |text: &&String| situation.asker.standing.may_be_named() || !named.contains(&text.as_str());
    let together = combined(situation.conditions, situation.search);
    found.extend(together.iter().filter(may_have).map(|text| some(text)));
    found
}

fn takes_wildcards(kind: OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::StringLike
            | OperatorKind::StringNotLike
            | OperatorKind::ArnLike
            | OperatorKind::ArnNotLike
            | OperatorKind::ArnEquals
            | OperatorKind::ArnNotEquals
    )
}

fn caller_ids(situation: &Situation<'_>) -> Vec<Values> {
    let Some(caller) = situation.asker.caller.as_deref() else {
        return vec![None];
    };
    let (id, suffix) = match caller {
        Caller::Root { account } => (account.clone(), String::new()),
        Caller::User { .. } => ("AIDASTRANGER0000000000".to_owned(), String::new()),
        // The account's id and the name given to the session.
        Caller::FederatedUser { arn, .. } => (
            account_of(arn).unwrap_or_default().to_owned(),
            format!(":{}", arn.rsplit('/').next().unwrap_or_default()),
        ),
        Caller::RoleSession { session, .. } => ("AROASTRANGER0000000000".to_owned(), format!(":{session}")),
        Caller::Anonymous => return vec![some("anonymous"), None],
        Caller::Service { .. } | Caller::Federated { .. } => return vec![None],
    };
    let mut found = vec![some(&format!("{id}{suffix}"))];
    for condition in situation.conditions {
        for value in &condition.values {
            let own_id = value.text.split(':').next().unwrap_or("");
            if situation.asker.standing.may_be_whom_it_names()
                || (has_wildcard(own_id) && takes_wildcards(condition.operator.kind))
            {
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            }
        }
    }
    if situation.asker.standing.may_be_whom_it_names() {
        found.extend(
            combined(situation.conditions, situation.search)
                .iter()
                .map(|text| some(text)),
        );
    }
    found
}
