//! Arithmetic on IP networks: what a set of networks covers together, and whether that is still "somewhere".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Reads a condition value: an address or a network, host bits allowed as AWS allows them.
pub fn read_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>()
        .ok()
        .map(|network| network.trunc())
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A set of networks, simplified and ascending: two halves become their whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkSet {
    v4: Vec<Ipv4Net>,
    v6: Vec<Ipv6Net>,
}

impl NetworkSet {
    /// The union of the networks.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(network) => v4.push(network),
                IpNet::V6(network) => v6.push(network),
            }
        }
        let mut set = Self {
            v4: Ipv4Net::aggregate(&v4),
            v6: Ipv6Net::aggregate(&v6),
        };
        set.v4.sort_unstable();
        set.v6.sort_unstable();
        set
    }

    /// The networks, aggregated.
    pub fn networks(&self) -> impl Iterator<Item = IpNet> {
        self.v4
            .iter()
            .copied()
            .map(IpNet::V4)
            .chain(self.v6.iter().copied().map(IpNet::V6))
    }

    /// Whether the address lies in one of the networks.
    pub fn contains(&self, address: IpAddr) -> bool {
        // Aggregated networks do not overlap: only the last that begins before the address may hold it.
        match address {
            IpAddr::V4(address) => {
                let after = self.v4.partition_point(|network| network.network() <= address);
                after
                    .checked_sub(1)
                    .is_some_and(|last| self.v4[last].contains(&address))
            }
            IpAddr::V6(address) => {
                let after = self.v6.partition_point(|network| network.network() <= address);
                after
                    .checked_sub(1)
                    .is_some_and(|last| self.v6[last].contains(&address))
            }
        }
    }

    /// How many public IPv4 addresses are covered: addresses outside the private and special ranges.
    pub fn public_v4_addresses(&self) -> u64 {
        self.v4.iter().map(|network| public_addresses(*network)).sum()
    }

    /// Whether the networks are so large that they name nobody in particular: more public IPv4 addresses than a
    /// /8 has, or an IPv6 network wider than /32. Source: S3 User Guide, "Blocking public access", section "The
    /// meaning of public" (wider than /8 for IPv4 and /32 for IPv6, private ranges excluded, is public). The sum over all
    /// networks is taken, so that two halves (or 256 slices) of the internet count as the internet.
    pub fn is_broad(&self) -> bool {
        self.public_v4_addresses() > 1 << 24
            || self
                .v6
                .iter()
                .any(|network| network.prefix_len() < 32 && !is_local_v6(*network))
    }

    /// Whether no public address is covered: such a condition cannot be met from the internet.
    pub fn is_private(&self) -> bool {
        self.public_v4_addresses() == 0 && self.v6.iter().all(|network| is_local_v6(*network))
    }
}

/// Ranges that are not routed on the internet. Source: IANA IPv4 Special-Purpose Address Registry; its documentation
/// networks are left out, because policies and tests use them to stand for public addresses.
const SPECIAL_V4: [(Ipv4Addr, u8); 9] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

fn public_addresses(network: Ipv4Net) -> u64 {
    let mut total = 1u64 << (32 - u32::from(network.prefix_len()));
    for (address, length) in SPECIAL_V4 {
        let Ok(special) = Ipv4Net::new(address, length) else {
            continue;
        };
        if special.contains(&network) {
            return 0;
        }
        if network.contains(&special) {
            total -= 1u64 << (32 - u32::from(length));
        }
    }
    total
}

/// Unique-local, link-local and loopback space.
const LOCAL_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

fn is_local_v6(network: Ipv6Net) -> bool {
    let mut local = LOCAL_V6.iter();
    local.any(|(address, length)| Ipv6Net::new(*address, *length).is_ok_and(|local| local.contains(&network)))
}

/// Whether the address is one of the internet's.
pub(crate) fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_addresses(address.into()) > 0,
        IpAddr::V6(address) => !is_local_v6(address.into()),
    }
}
