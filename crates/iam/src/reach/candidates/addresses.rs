//! Addresses on either side of what conditions name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use foldhash::{HashSet, HashSetExt};
use ipnet::IpNet;

use super::{Situation, Values, literals};
use crate::bits::Bits;
use crate::cidr::{NetworkSet, is_routed, read_network};
use crate::document::{Condition, OperatorKind};
use crate::pattern::{self, Case};

pub(super) fn edges(network: IpNet) -> Vec<IpAddr> {
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
pub(super) fn networks(conditions: &[&Condition]) -> Vec<Vec<IpNet>> {
    let of = |condition: &&Condition| {
        let texts = condition.values.iter().map(|value| &value.text);
        texts.filter_map(|text| read_network(text)).collect()
    };
    conditions.iter().map(of).collect()
}

/// The first and last address of each network and those beside them, each once.
pub(super) fn boundaries(networks: &[Vec<IpNet>]) -> Vec<IpAddr> {
    /// Looking through so many networks takes less than a table of them.
    const FEW: usize = 16;
    let edges = networks.iter().flatten().copied().flat_map(edges);
    if networks.iter().map(Vec::len).sum::<usize>() > FEW {
        let mut known = HashSet::new();
        return edges.filter(|address| known.insert(*address)).collect();
    }
    let mut found = Vec::new();
    for address in edges {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Whether conditions tell an address from all that were asked about before. Where only a few lists of networks are asked for, one address
/// stands for all that lie in the same of them; else each counts as new.
fn newness<'s>(conditions: &[&Condition], sets: &'s [NetworkSet]) -> impl FnMut(&IpAddr) -> bool + use<'s> {
    /// In how many lists of networks an address is looked for to tell it from others.
    const MOST_TOLD: usize = 16;
    let asks_for_networks = |condition: &&Condition| {
        is_of_networks(condition.operator.kind) || condition.operator.kind == OperatorKind::Null
    };
    let are_told_by_networks = sets.len() <= MOST_TOLD && conditions.iter().all(asks_for_networks);
    let mut known: Vec<Bits> = Vec::new();
    move |address| {
        if !are_told_by_networks {
            return true;
        }
        let mut lies_in = Bits::new(sets.len());
        let holding = sets.iter().enumerate().filter(|(_, set)| set.contains(*address));
        holding.for_each(|(position, _)| lies_in.set(position..position + 1));
        let is_new = !known.contains(&lies_in);
        known.extend(is_new.then_some(lies_in));
        is_new
    }
}

pub(super) fn addresses(situation: &Situation<'_>) -> Vec<Values> {
    const FRESH_ADDRESSES: [IpAddr; 4] = [
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 77)),
        IpAddr::V6(Ipv6Addr::new(0x2600, 0x1f18, 0, 0, 0, 0, 0, 0x77)),
        IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
        IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77)),
    ];
    let conditions = situation.conditions;
    let networks = networks(conditions);
    let edges = boundaries(&networks);
    let sets: Vec<NetworkSet> = networks.into_iter().map(NetworkSet::new).collect();
    let is_text = |condition: &&&Condition| !is_of_networks(condition.operator.kind);
    let mut is_new = newness(conditions, &sets);
    let texts = |addresses: Vec<IpAddr>| addresses.into_iter().map(|address| Some(vec![written(address)]));
    if situation.asker.standing.may_be_named() {
        let mut found = edges;
        let others: Vec<&Condition> = conditions.iter().filter(is_text).copied().collect();
        let named = literals(&others).into_iter().flatten().flatten();
        found.extend(named.filter_map(|text| text.parse::<IpAddr>().ok()));
        found.extend(FRESH_ADDRESSES);
        found.retain(is_new);
        return texts(found).collect();
    }
    // A stranger has a public address, and none that the policy singles out.
    let mut found = FRESH_ADDRESSES.to_vec();
    found.extend(edges);
    let singled_out: Vec<&NetworkSet> = sets.iter().filter(|set| !set.is_broad()).collect();
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
    found.retain(|address| !is_named(*address) && is_routed(*address) && is_new(address));
    let textual = conditions
        .iter()
        .filter(|condition| {
            matches!(
                condition.operator.kind,
                OperatorKind::StringLike | OperatorKind::StringNotLike
            )
        })
        .flat_map(|condition| &condition.values);
    let open: Vec<&str> = textual
        .map(|value| value.text.as_str())
        .filter(|text| !fixes_two_parts(text))
        .collect();
    let instances: Vec<IpAddr> = open.iter().filter_map(|text| dotted_instance(text)).collect();
    // What several take together is not looked for.
    let are_all = open.iter().all(|text| *text == "*") || open.len() == 1 && instances.len() == 1;
    situation.search.note(are_all);
    found.extend(instances);
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

pub(in crate::reach) fn is_of_networks(kind: OperatorKind) -> bool {
    matches!(kind, OperatorKind::IpAddress | OperatorKind::NotIpAddress)
}

/// Whether a pattern of addresses as texts begins with two parts of one, or is one.
pub(in crate::reach) fn fixes_two_parts(pattern: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{NetworkSet, boundaries, networks, newness};
    use crate::Policy;
    use crate::document::Condition;

    /// The boundaries of the networks of such conditions on the address.
    fn of(conditions: &str, ask: impl Fn(&[&Condition], Vec<IpAddr>) -> Vec<IpAddr>) -> Vec<String> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{conditions}}}}}}}"#
        );
        let policy = Policy::parse(&text).unwrap();
        let conditions: Vec<&Condition> = policy.statements[0].conditions.iter().collect();
        let found = ask(&conditions, boundaries(&networks(&conditions)));
        found.iter().map(ToString::to_string).collect()
    }

    fn told_apart(conditions: &str) -> Vec<String> {
        of(conditions, |conditions, mut found| {
            let sets: Vec<NetworkSet> = networks(conditions).into_iter().map(NetworkSet::new).collect();
            found.retain(newness(conditions, &sets));
            found
        })
    }

    const BY_NETWORKS: &str = r#""IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "11.0.0.0/8"]}, "NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}"#;

    #[test]
    fn networks_have_an_end_on_either_side_each_once() {
        let expected = [
            "10.0.0.0",
            "10.255.255.255",
            "9.255.255.255",
            "11.0.0.0",
            "11.255.255.255",
            "12.0.0.0",
            "10.1.0.0",
            "10.1.255.255",
            "10.0.255.255",
            "10.2.0.0",
        ];
        assert_eq!(of(BY_NETWORKS, |_, found| found), expected);
        let many: Vec<String> = (0..20).map(|third| format!(r#""10.0.{third}.0/24""#)).collect();
        let many = format!(r#""IpAddress": {{"aws:SourceIp": [{}]}}"#, many.join(", "));
        // The first and the last of each, and one beside the first and one beside the last.
        assert_eq!(of(&many, |_, found| found).len(), 20 * 2 + 2);
    }

    #[test]
    fn one_address_stands_for_all_in_the_same_networks() {
        let expected = ["10.0.0.0", "9.255.255.255", "10.1.0.0"];
        assert_eq!(told_apart(BY_NETWORKS), expected);
        let or_none = format!(r#"{BY_NETWORKS}, "Null": {{"aws:SourceIp": "false"}}"#);
        assert_eq!(told_apart(&or_none), expected);
    }

    #[test]
    fn texts_tell_addresses_in_the_same_networks_apart() {
        let by_text = format!(r#"{BY_NETWORKS}, "StringNotLike": {{"aws:SourceIp": "10.0.0.?"}}"#);
        assert_eq!(told_apart(&by_text).len(), 10);
    }
}
