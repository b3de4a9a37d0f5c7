//! Permissions of security groups: one entry per source, with protocol names, port ranges and the class of the source.
//!
//! A prefix list counts as the networks in it.

use std::collections::BTreeMap;

use ipnet::IpNet;
use security_monkey_iam::AccountDirectory;
use security_monkey_iam::cidr::{NetworkSet, read_network};
use security_monkey_model::{Document, TechnologyId};
use serde::Serialize;

use super::Assumption;
use super::prefix_list::{Owner, PrefixList, look_up, standing};
use crate::view::Collection;

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
    /// The network, of a prefix list one of those in it; empty for groups, AWS's lists and empty lists.
    pub cidr: String,
    /// `internet`, `public`, `private` for networks; `same-account`, `friendly-account`, `third-party-account`,
    /// `unknown-account` for groups; `aws-service` for AWS's own prefix lists, `prefix-list` for one without networks.
    pub class: &'static str,
    /// Whether practically everybody on the internet is meant: more public addresses than a /8 holds (/32 for IPv6). Where no
    /// network of the permission is so large by itself, its networks, those of its prefix lists included, count together, so that two
    /// halves are the whole.
    pub internet: bool,
    /// Whether the network lies in one of the known networks.
    pub trusted: bool,
    /// The prefix length of the network, -1 where there is none.
    pub prefix_length: i16,
    /// The account of the group or prefix list, where it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whose prefix list it is, as for groups, or `aws`. The owner can change what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<&'static str>,
    /// Where it stands: `IpPermissions[0].IpRanges[1]`.
    pub path: String,
}

/// What stands around the document, and what is assumed of what does not.
pub(super) struct Surroundings<'a> {
    pub(super) collections: &'a BTreeMap<TechnologyId, Collection>,
    pub(super) directory: &'a AccountDirectory,
    pub(super) assumption: Assumption,
}

/// A network of each class and family: what an opening for nobody knows whom may stand for.
const EVERYBODY: [&str; 6] = [
    "0.0.0.0/0",
    "::/0",
    "128.0.0.0/9",
    "2600::/33",
    "10.0.0.0/8",
    "fc00::/7",
];

/// A network a permission names, or one of those in a prefix list it names.
struct Source<'a> {
    network: IpNet,
    /// As written.
    cidr: &'a str,
    peer: Peer<'a>,
}

/// What a permission names, and where.
#[derive(Clone)]
struct Peer<'a> {
    /// As written.
    name: &'a str,
    kind: &'static str,
    owner: Option<Owner<'a>>,
    path: String,
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

pub(super) fn permissions(
    document: &Document,
    member: &str,
    around: &Surroundings<'_>,
    unresolved: &mut Vec<(String, String)>,
) -> Vec<Permission> {
    let mut found = Vec::new();
    for (index, permission) in elements(&document[member]) {
        let ports = ports(permission);
        let path = format!("{member}[{index}]");
        let mut named = Named::default();
        for (list, key) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
            for (position, range) in elements(&permission[list]) {
                let cidr = range[key].as_str().unwrap_or_default();
                named.add(Peer::new(cidr, "cidr", format!("{path}.{list}[{position}]")), cidr);
            }
        }
        for (position, list) in elements(&permission["PrefixListIds"]) {
            let id = list["PrefixListId"].as_str().unwrap_or_default();
            let peer = Peer::new(id, "prefix-list", format!("{path}.PrefixListIds[{position}]"));
            match look_up(id, around.collections, around.directory) {
                PrefixList::OfAws(owner) => found.push(ports.permission(&peer.of(owner), "aws-service")),
                PrefixList::Entries(owner, []) => found.push(ports.permission(&peer.of(owner), "prefix-list")),
                PrefixList::Entries(owner, entries) => {
                    for entry in entries {
                        named.add(peer.clone().of(owner), entry["Cidr"].as_str().unwrap_or_default());
                    }
                }
                PrefixList::Unknown(why) => named.unknown.push((peer, why)),
            }
        }
        for (position, pair) in elements(&permission["UserIdGroupPairs"]) {
            let account = pair["UserId"].as_str();
            let class = account.map_or("same-account", |account| standing(account, around.directory));
            let name = pair["GroupId"].as_str().or_else(|| pair["GroupName"].as_str());
            let path = format!("{path}.UserIdGroupPairs[{position}]");
            found.push(Permission {
                account: account.map(str::to_owned),
                ..ports.permission(&Peer::new(name.unwrap_or_default(), "security-group", path), class)
            });
        }
        from_networks(&named.sources, &ports, around.directory, &mut found);
        for (peer, why) in named.unknown {
            unresolved.push((peer.path.clone(), why));
            match around.assumption {
                // The permission is there all the same.
                Assumption::Nobody => found.push(ports.permission(&peer, peer.kind)),
                Assumption::Everybody => from_everybody(&peer, &ports, around.directory, &mut found),
            }
        }
    }
    found
}

/// One permission for each of the networks.
fn from_networks(sources: &[Source<'_>], ports: &Ports, directory: &AccountDirectory, found: &mut Vec<Permission>) {
    let broad = Broad::of(sources.iter().map(|source| source.network));
    for Source { network, cidr, peer } in sources {
        let is_public = !NetworkSet::new([*network]).is_private();
        let internet = is_public && broad.means(network);
        let class = match (internet, is_public) {
            (true, _) => "internet",
            (false, true) => "public",
            (false, false) => "private",
        };
        found.push(Permission {
            cidr: (*cidr).to_owned(),
            internet,
            trusted: directory.networks().iter().any(|known| known.contains(network)),
            prefix_length: i16::from(network.prefix_len()),
            ..ports.permission(peer, class)
        });
    }
}

/// Permissions for all that the peer may stand for.
fn from_everybody(peer: &Peer<'_>, ports: &Ports, directory: &AccountDirectory, found: &mut Vec<Permission>) {
    let somebody = Owner {
        account: "unknown",
        standing: "unknown-account",
    };
    let sources: Vec<Source<'_>> = EVERYBODY
        .iter()
        .filter_map(|cidr| {
            Some(Source {
                network: read_network(cidr)?,
                cidr,
                peer: peer.clone().of(somebody),
            })
        })
        .collect();
    from_networks(&sources, ports, directory, found);
}

/// The peers of one permission, and those of which nobody knows what they stand for, with the reason.
#[derive(Default)]
struct Named<'a> {
    sources: Vec<Source<'a>>,
    unknown: Vec<(Peer<'a>, String)>,
}

impl<'a> Named<'a> {
    fn add(&mut self, peer: Peer<'a>, cidr: &'a str) {
        match read_network(cidr) {
            Some(network) => self.sources.push(Source { network, cidr, peer }),
            None => self.unknown.push((peer, format!("'{cidr}' is no network"))),
        }
    }
}

impl<'a> Peer<'a> {
    const fn new(name: &'a str, kind: &'static str, path: String) -> Self {
        Self {
            name,
            kind,
            owner: None,
            path,
        }
    }

    fn of(self, owner: Owner<'a>) -> Self {
        Self {
            owner: Some(owner),
            ..self
        }
    }
}

impl Ports {
    /// A permission for these ports that names no network.
    fn permission(&self, peer: &Peer<'_>, class: &'static str) -> Permission {
        Permission {
            protocol: self.protocol.clone(),
            from_port: self.from,
            to_port: self.to,
            all_ports: self.all,
            peer: peer.name.to_owned(),
            peer_kind: peer.kind,
            cidr: String::new(),
            class,
            internet: false,
            trusted: false,
            prefix_length: -1,
            account: peer.owner.map(|owner| owner.account.to_owned()),
            owner: peer.owner.map(|owner| owner.standing),
            path: peer.path.clone(),
        }
    }
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
