//! Values a context key may take for a class of requesters. For each key the values that can make a difference are few:
//! those the policy names, one beside each boundary, a fresh one, and none.

mod cases;
mod claims;
mod free;
mod times;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use foldhash::{HashSet, HashSetExt};
use ipnet::IpNet;

use self::claims::claims;
use self::free::{combined, free, fresh};
use self::times::times;
use super::asked::AskedKey;
use super::key_search::KeySearch;
use super::owned::{Kind, about_account, are_plain, unowned, with_account};
use super::scenario::{Scenario, Standing};
use super::strangers::Strangers;
use crate::arn::{Arn, account_of};
use crate::cidr::{NetworkSet, is_routed, read_network};
use crate::document::{Condition, OperatorKind};
use crate::evaluate::{self, Caller};
use crate::keys::{Authority, is_always_present, is_of_owner};
use crate::pattern::{self, Case, has_wildcard};

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
/// Ids of different beginnings and ends.
const FRESH_ORGANISATIONS: [&str; 4] = [FRESH_ORGANISATION, "o-a1b2c3d4e5", "o-7nobodys9x", "o-m0f8k2w6zq"];

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
    (values, !situation.search.is_cut_short.get())
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

fn edges(network: IpNet) -> Vec<IpAddr> {
    let (first, last) = (
        network.network(),
        match network {
            IpNet::V4(network) => IpAddr::V4(network.broadcast()),
            IpNet::V6(network) => IpAddr::V6(network.broadcast()),
        },
    );
    let neighbours = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => [
            u32::from(first).checked_sub(1).map(|bits| IpAddr::V4(bits.into())),
            u32::from(last).checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        ],
        (IpAddr::V6(first), IpAddr::V6(last)) => [
            u128::from(first).checked_sub(1).map(|bits| IpAddr::V6(bits.into())),
            u128::from(last).checked_add(1).map(|bits| IpAddr::V6(bits.into())),
        ],
        _ => [None, None],
    };
    [first, last]
        .into_iter()
        .chain(neighbours.into_iter().flatten())
        .collect()
}

/// The networks of each condition that asks for an address.
fn networks(conditions: &[&Condition]) -> Vec<Vec<IpNet>> {
    let of = |condition: &&Condition| {
        let texts = condition.values.iter().map(|value| &value.text);
        texts.filter_map(|text| read_network(text)).collect()
    };
    conditions.iter().map(of).collect()
}

/// The first and last address of each network and those beside them, each once.
fn boundaries(networks: &[Vec<IpNet>]) -> Vec<IpAddr> {
    let mut known = HashSet::new();
    let edges = networks.iter().flatten().copied().flat_map(edges);
    edges.filter(|address| known.insert(*address)).collect()
}

fn addresses(situation: &Situation<'_>) -> Vec<Values> {
    const FRESH_ADDRESSES: [IpAddr; 4] = [
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 77)),
        IpAddr::V6(Ipv6Addr::new(0x2600, 0x1f18, 0, 0, 0, 0, 0, 0x77)),
        IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
        IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77)),
    ];
    let conditions = situation.conditions;
    let networks = networks(conditions);
    let texts = |addresses: Vec<IpAddr>| addresses.into_iter().map(|address| Some(vec![written(address)]));
    if situation.asker.standing.may_be_named() {
        let mut found = boundaries(&networks);
        let is_text = |condition: &&&Condition| !is_of_networks(condition.operator.kind);
        let others: Vec<&Condition> = conditions.iter().filter(is_text).copied().collect();
        let named = literals(&others).into_iter().flatten().flatten();
        found.extend(named.filter_map(|text| text.parse::<IpAddr>().ok()));
        found.extend(FRESH_ADDRESSES);
        return texts(found).collect();
    }
    // A stranger has a public address, and none that the policy singles out.
    let mut found = FRESH_ADDRESSES.to_vec();
    found.extend(boundaries(&networks));
    let singled_out: Vec<NetworkSet> = networks
        .into_iter()
        .map(NetworkSet::new)
        .filter(|set| !set.is_broad())
        .collect();
    let is_text = |condition: &&&Condition| !is_of_networks(condition.operator.kind);
    let texts_of_some: Vec<&str> = conditions
        .iter()
        .filter(is_text)
        .flat_map(|condition| &condition.values)
        .map(|value| value.text.as_str())
        .filter(|text| fixes_two_parts(text))
        .collect();
    let is_in_text = |address: IpAddr| {
        !texts_of_some.is_empty() && {
            let written = address.to_string();
            let mut texts = texts_of_some.iter();
            texts.any(|text| pattern::matches(text, &written, Case::Insensitive))
        }
    };
    let is_named = |address| singled_out.iter().any(|set| set.contains(address)) || is_in_text(address);
    found.retain(|address| is_routed(*address) && !is_named(*address));
    let textual = conditions
        .iter()
        .filter(|condition| condition.operator.kind == OperatorKind::StringLike)
        .flat_map(|condition| &condition.values);
    for value in textual {
        if !fixes_two_parts(&value.text) {
            found.extend(dotted_instance(&value.text));
        }
    }
    texts(found).collect()
}

/// The address as text; most are of version four, for which the general way to write takes a third of the time this search needs.
fn written(address: IpAddr) -> String {
    let IpAddr::V4(address) = address else {
        return address.to_string();
    };
    let mut text = String::with_capacity("255.255.255.255".len());
    for (place, part) in address.octets().into_iter().enumerate() {
        if place > 0 {
            text.push('.');
        }
        for (least, digit) in [(100, part / 100), (10, part / 10 % 10), (0, part % 10)] {
            if part >= least {
                text.push(char::from(b'0' + digit));
            }
        }
    }
    text
}

pub(super) fn is_of_networks(kind: OperatorKind) -> bool {
    matches!(kind, OperatorKind::IpAddress | OperatorKind::NotIpAddress)
}

/// Whether a pattern of addresses as texts begins with two parts of one, or is one.
pub(super) fn fixes_two_parts(pattern: &str) -> bool {
    pattern
        .split(['*', '?'])
        .next()
        .unwrap_or("")
        .matches(['.', ':'])
        .count()
        >= 2
}

/// An address that a textual pattern such as `5*` or `*.7` matches.
fn dotted_instance(pattern: &str) -> Option<IpAddr> {
    let fills = [
        "198.51.100.77",
        "8.51.100.77",
        ".51.100.77",
        "98.51.100",
        "51.100",
        "1.51.100.77",
        "77",
    ];
    fills
        .iter()
        .map(|fill| pattern.replacen('*', fill, 1).replace('*', "").replace('?', "1"))
        .find_map(|text| text.parse().ok())
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

fn organisations(situation: &Situation<'_>) -> Vec<Values> {
    if let Standing::Member { organisation } = situation.asker.standing.as_ref() {
        return of_organisation(organisation, situation);
    }
    let mut found = vec![None];
    found.extend(fresh_organisation(situation));
    let is_named = situation.asker.standing.may_be_whom_it_names();
    for condition in situation.conditions {
        for value in &condition.values {
            let root = value.text.split('/').next().unwrap_or("");
            if is_named || (has_wildcard(root) && takes_wildcards(condition.operator.kind)) {
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            }
        }
    }
    found.extend(open_organisations(situation, is_named).map(|text| some(&text)));
    found
}

/// Ids of organisations, or places in them, where patterns leave these open: one for each combination of what the conditions ask for, but
/// none that they name unless those who ask may be of it.
fn open_organisations<'a>(situation: &'a Situation<'_>, is_named: bool) -> impl Iterator<Item = String> + 'a {
    let values = |condition: &&'a Condition| {
        let takes_wildcards = takes_wildcards(condition.operator.kind);
        condition
            .values
            .iter()
            .map(move |value| (value.text.as_str(), takes_wildcards))
    };
    let asked = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null);
    let asked: Vec<(&str, bool)> = asked.flat_map(|condition| values(condition)).collect();
    let leaves_open = |(text, takes_wildcards): &(&str, bool)| {
        *takes_wildcards && *text != "*" && has_wildcard(text.split('/').next().unwrap_or_default())
    };
    let mut found = Vec::new();
    // A pattern by itself has instances of its own.
    if asked.len() > 1 && asked.iter().any(leaves_open) {
        let texts: Vec<&str> = asked.iter().map(|(text, _)| *text).collect();
        let rest = if is_of_paths(situation) { "?*/r-?*/" } else { "?*" };
        let told_apart = situation.search.organisations(rest, &texts);
        situation.search.note(told_apart.are_all);
        found.clone_from(&told_apart.found);
    }
    // Somebody else's organisation is none that is named without wildcards.
    let is_of_named = move |text: &String| {
        let root = text.split('/').next();
        asked.iter().any(|(asked, _)| asked.split('/').next() == root)
    };
    found.into_iter().filter(move |text| is_named || !is_of_named(text))
}

/// An organisation that nobody has in mind, or a place in one, that no pattern of the key matches.
fn fresh_organisation(situation: &Situation<'_>) -> Option<Values> {
    let of = |id: &str| {
        if is_of_paths(situation) {
            format!("{id}/r-0000/ou-0000-00000000/")
        } else {
            id.to_owned()
        }
    };
    let all = FRESH_ORGANISATIONS.map(of);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    if let Some(found) = fresh(situation.conditions, &all).next() {
        return Some(some(found));
    }
    // Each of them is met: is there one that is not?
    let met = situation.conditions.iter().flat_map(|condition| &condition.values);
    let met: Vec<&str> = met.map(|value| value.text.as_str()).collect();
    let rest = if is_of_paths(situation) { "?*/r-?*/" } else { "?*" };
    let told_apart = situation.search.organisations(rest, &met);
    situation.search.note(told_apart.are_all);
    let is_met = |text: &&String| {
        met.iter()
            .any(|pattern| pattern::matches(pattern, text, Case::Sensitive))
    };
    let mut found = told_apart.found.iter().filter(|text| !is_met(text));
    found.next().map(|text| some(text))
}

/// Whether the key holds places in organisations instead of their ids.
fn is_of_paths(situation: &Situation<'_>) -> bool {
    situation.key.name.to_ascii_lowercase().ends_with("paths")
}

/// What a member of the organisation has: its id, or places in it.
fn of_organisation(organisation: &str, situation: &Situation<'_>) -> Vec<Values> {
    if !is_of_paths(situation) {
        return vec![some(organisation)];
    }
    let named = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null)
        .flat_map(|condition| &condition.values);
    let under = |text: &String| text.split('/').next() == Some(organisation);
    let mut found: Vec<Values> = named
        .clone()
        .flat_map(|value| instances(&value.text))
        .filter(under)
        .map(|text| some(&text))
        .collect();
    found.push(some(&format!("{organisation}/r-0000/ou-0000-00000000/")));
    // Patterns that leave the organisation open, or that a place meets together.
    let patterns = named.map(|value| value.text.as_str());
    let patterns: Vec<&str> = patterns.filter(|text| has_wildcard(text) && *text != "*").collect();
    let leaves_open = |text: &&str| has_wildcard(text.split('/').next().unwrap_or_default());
    if patterns.len() > 1 || patterns.iter().any(leaves_open) {
        let places = situation.search.places(organisation, &patterns);
        situation.search.note(places.are_all);
        found.extend(places.found.iter().map(|text| some(text)));
    }
    found
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

fn sources(situation: &Situation<'_>) -> Vec<Values> {
    let kind = situation.key.authority;
    let mut found = Vec::new();
    match (situation.asker.standing.as_ref(), kind) {
        (Standing::ServiceForMember { organisation }, Authority::SourceOrganisation) => {
            return of_organisation(organisation, situation);
        }
        (standing @ (Standing::ServiceFor { .. } | Standing::ServiceForMember { .. }), _) => {
            let account = match standing {
                Standing::ServiceFor { account } => account.as_ref(),
                _ => None,
            };
            let belongs =
                |text: &str| account.is_none_or(|account| account_of(text).is_none_or(|owner| owner == account));
            for condition in situation.conditions {
                let texts = condition.values.iter().flat_map(|value| {
                    // What has no account in its ARN may be anybody's, so this account's too.
                    let mut texts = unowned(&value.text);
                    texts.extend(match account {
                        Some(account) => with_account(&value.text, std::slice::from_ref(account), situation.partition),
                        None => instances(&value.text),
                    });
                    texts
                });
                found.extend(texts.filter(|text| belongs(text)).map(|text| some(&text)));
            }
            // Where only an organisation is named: of our account, or of one of its that nobody has in mind.
            let ours = situation.own_account.into_iter();
            let anybody = ours.chain(situation.strangers.accounts.first().map(String::as_str));
            let accounts: Vec<String> = match account {
                Some(account) => vec![account.clone()],
                // One resource has no other ARN.
                None if situation.asker.source.is_some() => Vec::new(),
                None => anybody.map(str::to_owned).collect(),
            };
            match kind {
                Authority::SourceAccount => found.extend(accounts.iter().map(|account| some(account))),
                Authority::SourceArn => {
                    found.extend(accounts.iter().flat_map(|account| fresh_sources(situation, account)));
                    found.extend(combined_sources(situation, &accounts));
                }
                _ if account.is_some() => {
                    let places = |id: &String| of_organisation(id, situation);
                    found.extend(situation.organisations.iter().flat_map(places));
                    // Whoever is not us may be of any organisation.
                    if account.map(String::as_str) != situation.own_account {
                        let asked = situation
                            .conditions
                            .iter()
                            .filter(|condition| condition.operator.kind != OperatorKind::Null);
                        let named = asked.flat_map(|condition| &condition.values);
                        found.extend(of_organisation(FRESH_ORGANISATION, situation));
                        found.extend(named.flat_map(|value| instances(&value.text)).map(|text| some(&text)));
                    }
                }
                _ => {}
            }
            found.push(None);
        }
        (_, Authority::SourceOrganisation) => {
            found.push(some(FRESH_ORGANISATION));
            found.push(None);
            for value in situation
                .conditions
                .iter()
                .filter(|condition| takes_wildcards(condition.operator.kind))
                .flat_map(|condition| &condition.values)
            {
                if has_wildcard(value.text.split('/').next().unwrap_or("")) {
                    found.extend(instances(&value.text).iter().map(|text| some(text)));
                }
            }
            found.extend(open_organisations(situation, false).map(|text| some(&text)));
        }
        (_, Authority::SourceArn) => {
            found.extend(owned_values(situation, true));
            found.push(None);
        }
        _ => {
            found.extend(owned_values(situation, false));
            found.push(None);
        }
    }
    found
}

/// ARNs of resources of the accounts, where the patterns of the key take more than looking at each by itself.
fn combined_sources(situation: &Situation<'_>, accounts: &[String]) -> Vec<Values> {
    let asked = situation
        .conditions
        .iter()
        .filter(|condition| condition.operator.kind != OperatorKind::Null);
    let patterns: Vec<&str> = asked
        .flat_map(|condition| &condition.values)
        .map(|value| value.text.as_str())
        .collect();
    let mut values = Vec::new();
    for account in accounts {
        let about: Vec<&str> = about_account(patterns.iter().copied(), account).collect();
        if are_plain(about.iter().copied(), Kind::Source) {
            continue;
        }
        let of = (situation.own_account, situation.partition);
        let sources = situation.search.sources(account, &about, of);
        situation.search.note(sources.are_all);
        values.extend(sources.found.iter().map(|arn| some(arn)));
    }
    values
}

/// ARNs of the account that nobody has in mind: a topic, and what is of a service and a region that no pattern spells.
fn fresh_sources(situation: &Situation<'_>, account: &str) -> Vec<Values> {
    // What the key is of.
    let kinds = [
        ("lambda:SourceFunctionArn", "lambda", "function:"),
        ("ec2:SourceInstanceARN", "ec2", "instance/i-"),
        ("s3:DataAccessPointArn", "s3", "accesspoint/"),
    ];
    if let Some((_, service, kind)) = kinds.iter().find(|(key, ..)| situation.key.is(key)) {
        let partition = situation.partition;
        return vec![some(&format!(
            "arn:{partition}:{service}:us-east-1:{account}:{kind}{FRESH}"
        ))];
    }
    let values = || situation.conditions.iter().flat_map(|condition| &condition.values);
    let is_spelled = |wanted: &str| {
        values().any(|value| Arn::read(&value.text).is_some_and(|arn| [arn.service, arn.region].contains(&wanted)))
    };
    let unspelled = |known: [&'static str; 4]| known.into_iter().find(|part| !is_spelled(part)).unwrap_or(FRESH);
    let service = unspelled(["sns", "events", "config", "cloudtrail"]);
    let region = unspelled(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]);
    let mut found = vec![some(&format!("arn:aws:sns:us-east-1:{account}:{FRESH}"))];
    found.push(some(&format!(
        "arn:{}:{service}:{region}:{account}:{FRESH}",
        situation.partition
    )));
    found.dedup();
    found
}

/// Values of a key that holds an account or an ARN of the requester's side.
fn owned_values(situation: &Situation<'_>, is_arn: bool) -> Vec<Values> {
    let strangers = situation.strangers.accounts.as_slice();
    situation.search.note(situation.strangers.are_all);
    let mut found: Vec<Values> = strangers
        .iter()
        .flat_map(|account| {
            if is_arn {
                fresh_sources(situation, account)
            } else {
                vec![some(account)]
            }
        })
        .collect();
    for condition in situation.conditions {
        for value in &condition.values {
            if condition.operator.kind == OperatorKind::Null {
                continue;
            }
            if situation.asker.standing.may_be_whom_it_names() {
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            } else if takes_wildcards(condition.operator.kind) {
                found.extend(
                    with_account(&value.text, strangers, situation.partition)
                        .iter()
                        .map(|text| some(text)),
                );
            }
        }
    }
    if is_arn {
        found.extend(combined_sources(situation, strangers));
    }
    found
}
