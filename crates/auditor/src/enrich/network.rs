//! Permissions of security groups: one entry per source, with protocol names, port ranges and the class of the source.

use ipnet::IpNet;
use security_monkey_iam::AccountDirectory;
use security_monkey_iam::cidr::{NetworkSet, read_network};
use security_monkey_iam::directory::Standing;
use security_monkey_model::Document;
use serde::Serialize;

/// One source (ingress) or destination (egress) of one permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// `all`, `tcp`, `udp`, `icmp`, `icmpv6`, or the protocol's number.
    pub protocol: String,
    /// First port; 0 when all ports are meant. Absent for protocols without ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i64>,
    /// Last port; 65535 when all ports are meant. Absent for protocols without ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i64>,
    /// Whether every port of the protocol is meant.
    pub all_ports: bool,
    /// The peer as written: a network, a security group's id or a prefix list's id.
    pub peer: String,
    /// `cidr`, `security-group` or `prefix-list`.
    pub peer_kind: &'static str,
    /// The network, empty for the other kinds.
    pub cidr: String,
    /// `internet`, `public`, `private` for networks; `same-account`, `friendly-account`, `third-party-account`,
    /// `unknown-account` for groups; `prefix-list`.
    pub class: &'static str,
    /// Whether practically everybody on the internet is meant: more public addresses than a /8 holds (/32 for IPv6). Where no
    /// network of the permission is so large by itself, its networks count together, so that two halves are the whole.
    pub internet: bool,
    /// Whether the network lies in one of the known networks.
    pub trusted: bool,
    /// The prefix length of the network, -1 for the other kinds.
    pub prefix_length: i16,
    /// The account of the group, where it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where it stands: `IpPermissions[0].IpRanges[1]`.
    pub path: String,
}

struct Ports {
    protocol: String,
    from: Option<i64>,
    to: Option<i64>,
    all: bool,
}

/// Which networks of a permission mean the internet, by address family: the large ones or, where there is none, all of them if they
/// are large together.
struct Broad {
    families: [Family; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Alone,
    Together,
    Neither,
}

impl Broad {
    fn of(networks: impl Iterator<Item = IpNet>) -> Self {
        let (v4, v6): (Vec<IpNet>, Vec<IpNet>) = networks.partition(|network| matches!(network, IpNet::V4(_)));
        Self {
            families: [v4, v6].map(|networks| {
                if networks.iter().any(|network| NetworkSet::new([*network]).is_broad()) {
                    Family::Alone
                } else if NetworkSet::new(networks).is_broad() {
                    Family::Together
                } else {
                    Family::Neither
                }
            }),
        }
    }

    fn means(&self, network: &IpNet) -> bool {
        let [v4, v6] = self.families;
        let family = if matches!(network, IpNet::V4(_)) { v4 } else { v6 };
        match family {
            Family::Alone => NetworkSet::new([*network]).is_broad(),
            Family::Together => true,
            Family::Neither => false,
        }
    }
}

pub(super) fn permissions(document: &Document, member: &str, directory: &AccountDirectory) -> Vec<Permission> {
    let mut found = Vec::new();
    for (index, permission) in elements(&document[member]) {
        let ports = ports(permission);
        let path = format!("{member}[{index}]");
        let base = |peer: &str, peer_kind, class, list: &str, position: usize| Permission {
            protocol: ports.protocol.clone(),
            from_port: ports.from,
            to_port: ports.to,
            all_ports: ports.all,
            peer: peer.to_owned(),
            peer_kind,
            cidr: String::new(),
            class,
            internet: false,
            trusted: false,
            prefix_length: -1,
            account: None,
            path: format!("{path}.{list}[{position}]"),
        };
        let mut networks: Vec<(usize, &str, &str, IpNet)> = Vec::new();
        for (list, key) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
            for (position, range) in elements(&permission[list]) {
                let text = range[key].as_str().unwrap_or_default();
                if let Some(network) = read_network(text) {
                    networks.push((position, list, text, network));
                }
            }
        }
        let broad = Broad::of(networks.iter().map(|(.., network)| *network));
        for (position, list, text, network) in networks {
            let alone = NetworkSet::new([network]);
            let is_public = !alone.is_private();
            let internet = is_public && broad.means(&network);
            let class = match (internet, is_public) {
                (true, _) => "internet",
                (false, true) => "public",
                (false, false) => "private",
            };
            found.push(Permission {
                cidr: text.to_owned(),
                internet,
                trusted: directory.networks().iter().any(|known| known.contains(&network)),
                prefix_length: i16::from(network.prefix_len()),
                ..base(text, "cidr", class, list, position)
            });
        }
        for (position, pair) in elements(&permission["UserIdGroupPairs"]) {
            let account = pair["UserId"].as_str();
            let class = match account.map_or(Standing::Same, |account| directory.standing(account)) {
                Standing::Same => "same-account",
                Standing::Friendly => "friendly-account",
                Standing::ThirdParty => "third-party-account",
                Standing::Unknown => "unknown-account",
            };
            let group = pair["GroupId"]
                .as_str()
                .or_else(|| pair["GroupName"].as_str())
                .unwrap_or_default();
            found.push(Permission {
                account: account.map(str::to_owned),
                ..base(group, "security-group", class, "UserIdGroupPairs", position)
            });
        }
        for (position, list) in elements(&permission["PrefixListIds"]) {
            let id = list["PrefixListId"].as_str().unwrap_or_default();
            found.push(base(id, "prefix-list", "prefix-list", "PrefixListIds", position));
        }
    }
    found
}

fn elements(value: &Document) -> impl Iterator<Item = (usize, &Document)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// Protocol names and port ranges. Source: EC2 API reference, `IpPermission`: protocol -1 is all protocols and ports; ports
/// of ICMP are type and code; -1 or absent ports of TCP and UDP mean all.
fn ports(permission: &Document) -> Ports {
    let raw = permission["IpProtocol"].as_str().unwrap_or("-1");
    let protocol = match raw {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    };
    let number = |key: &str| permission[key].as_i64().filter(|port| *port >= 0);
    let (from, to) = match protocol {
        "all" => (Some(0), Some(65535)),
        "tcp" | "udp" => (
            Some(number("FromPort").unwrap_or(0)),
            Some(number("ToPort").unwrap_or(65535)),
        ),
        _ => (None, None),
    };
    Ports {
        protocol: protocol.to_owned(),
        from,
        to,
        all: (from, to) == (Some(0), Some(65535)) || (from, to) == (Some(1), Some(65535)),
    }
}
