//! Arithmetic on IP networks: what a set of networks covers together, and whether that is still "somewhere".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Reads a condition value: an address or a network, host bits allowed as AWS allows them.
pub fn read_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let Some((address, length)) = text.split_once('/') else {
        return read_address(text).map(IpNet::from);
    };
    match (dotted(address), length.as_bytes()) {
        (Some(address), [digit @ b'1'..=b'9']) => Ipv4Net::new(address, digit - b'0').ok(),
        (Some(address), [ten @ b'1'..=b'3', one @ b'0'..=b'9']) => {
            Ipv4Net::new(address, (ten - b'0') * 10 + (one - b'0')).ok()
        }
        _ => return text.parse::<IpNet>().ok().map(|network| network.trunc()),
    }
    .map(|network| IpNet::V4(network.trunc()))
}

/// Reads an address.
pub(crate) fn read_address(text: &str) -> Option<IpAddr> {
    dotted(text).map(IpAddr::V4).or_else(|| text.parse().ok())
}

/// An address of version four, as nearly all are; the general way to read one takes a multiple of the time, and a search for values
/// reads each of them for each condition. `None` leaves the text to the general way.
fn dotted(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.as_bytes().split(|byte| *byte == b'.');
    for octet in &mut octets {
        let digits = parts.next()?;
        if digits.is_empty() || digits.len() > 3 || digits.len() > 1 && digits.starts_with(b"0") {
            return None;
        }
        for digit in digits {
            let value = digit.checked_sub(b'0').filter(|value| *value < 10)?;
            *octet = octet.checked_mul(10)?.checked_add(value)?;
        }
    }
    parts.next().is_none().then(|| octets.into())
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
    let (first, own) = (u32::from(network.network()), network.prefix_len());
    let mut total = size_v4(own);
    for (special, length) in SPECIAL_V4 {
        let differing = u64::from(first ^ u32::from(special));
        // The shorter one holds the other if they are alike that far.
        if differing >> (32 - length.min(own)) == 0 {
            if length <= own {
                return 0;
            }
            total -= size_v4(length);
        }
    }
    total
}

/// How many addresses a network with a prefix of so many bits has.
fn size_v4(length: u8) -> u64 {
    1 << (32 - u32::from(length))
}

/// Unique-local, link-local and loopback space.
const LOCAL_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

fn is_local_v6(network: Ipv6Net) -> bool {
    let first = u128::from(network.network());
    let holds = |(local, length): &(Ipv6Addr, u8)| {
        *length <= network.prefix_len() && (first ^ u128::from(*local)) >> (128 - length) == 0
    };
    LOCAL_V6.iter().any(holds)
}

/// Whether the address is one of the internet's.
pub(crate) fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_addresses(address.into()) > 0,
        IpAddr::V6(address) => !is_local_v6(address.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use ipnet::{IpNet, Ipv4Net, Ipv6Net};

    use super::{LOCAL_V6, NetworkSet, SPECIAL_V4, dotted, is_routed, read_address, read_network};

    fn set(network: impl Into<IpNet>) -> NetworkSet {
        NetworkSet::new([network.into()])
    }

    /// Whatever the quick way reads, the library reads alike; and what it leaves out is read as well.
    #[test]
    fn addresses_and_networks_are_read_as_the_library_reads_them() {
        let addresses = [
            "0.0.0.0",
            "255.255.255.255",
            "203.0.113.7",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "256.1.1.1",
            "1.2.3.04",
            "1.2.3.00",
            "1.2.3.0004",
            "1.2.3.4 ",
            "+1.2.3.4",
            "1.2.3.a",
            "",
            "::1",
            "2001:db8::1",
            "::ffff:1.2.3.4",
            "1.2.3./",
            "1.2.3.:",
        ];
        for text in addresses {
            assert_eq!(read_address(text), text.parse::<IpAddr>().ok(), "{text}");
            for length in [
                "", "/", "/0", "/00", "/1", "/01", "/8", "/10", "/32", "/33", "/40", "/128", "/129", "/-1", "/+1",
                "/8/8", "/a",
            ] {
                let network = format!("{text}{length}");
                let trimmed = network.trim();
                let expected = trimmed
                    .parse::<IpNet>()
                    .ok()
                    .map(|network| network.trunc())
                    .or_else(|| trimmed.parse::<IpAddr>().ok().map(IpNet::from));
                assert_eq!(read_network(&network), expected, "{network}");
            }
        }
        assert_eq!(dotted("203.0.113.7"), Some(Ipv4Addr::new(203, 0, 113, 7)));
    }

    fn read(texts: &[&str]) -> NetworkSet {
        NetworkSet::new(texts.iter().filter_map(|text| read_network(text)))
    }

    #[test]
    fn a_set_has_what_its_networks_have_together() {
        let halves = ["10.1.0.0/17", " 10.1.128.5/17", "2600:1::/33", "2600:1:8000::/33"];
        let set = read(&[&halves[..], &["192.0.2.7", "none"]].concat());
        let networks: Vec<String> = set.networks().map(|network| network.to_string()).collect();
        assert_eq!(networks, ["10.1.0.0/16", "192.0.2.7/32", "2600:1::/32"]);
        let has = |address: &str| set.contains(address.parse().unwrap());
        for inside in ["10.1.0.0", "10.1.255.255", "192.0.2.7", "2600:1::", "2600:1:ffff::1"] {
            assert!(has(inside), "{inside}");
        }
        for outside in ["9.0.0.0", "10.2.0.0", "192.0.2.8", "2600::1", "2600:2::"] {
            assert!(!has(outside), "{outside}");
        }
    }

    #[test]
    fn only_what_is_wider_than_the_guide_says_is_broad() {
        for narrow in [&["8.0.0.0/8"][..], &["2600::/32", "2a00::/32"]] {
            assert!(!read(narrow).is_broad(), "{narrow:?}");
        }
        for broad in [&["8.0.0.0/8", "9.9.9.9"][..], &["8.0.0.0/7"], &["2600::/31"]] {
            assert!(read(broad).is_broad(), "{broad:?}");
        }
    }

    /// Networks of every size around the special ranges, against how a library compares networks.
    #[test]
    fn special_ranges_are_left_out_of_what_a_network_covers() {
        for (address, length) in SPECIAL_V4 {
            let special = Ipv4Net::new(address, length).unwrap();
            for size in 0..=32 {
                for at in [address, special.broadcast(), Ipv4Addr::new(8, 8, 8, 8)] {
                    let network = Ipv4Net::new(at, size).unwrap().trunc();
                    let others = SPECIAL_V4.map(|(address, length)| Ipv4Net::new(address, length).unwrap());
                    let public = if others.iter().any(|other| other.contains(&network)) {
                        0
                    } else {
                        let inside = others.iter().filter(|other| network.contains(*other));
                        let inside: u64 = inside.map(|other| 1 << (32 - other.prefix_len())).sum();
                        (1 << (32 - size)) - inside
                    };
                    assert_eq!(set(network).public_v4_addresses(), public, "{network}");
                }
            }
            assert!(!is_routed(IpAddr::V4(special.broadcast())));
        }
        assert!(is_routed(IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8))));
    }

    #[test]
    fn local_addresses_of_version_six_are_not_routed() {
        for (address, length) in LOCAL_V6 {
            let local = Ipv6Net::new(address, length).unwrap();
            assert!(!is_routed(IpAddr::V6(local.broadcast())));
            for size in 0..=128 {
                let network = Ipv6Net::new(address, size).unwrap().trunc();
                assert_eq!(set(network).is_private(), size >= length, "{network}");
            }
        }
        assert!(is_routed(IpAddr::V6(Ipv6Addr::new(0x2600, 0, 0, 0, 0, 0, 0, 1))));
        assert!(set("2600::/31".parse::<Ipv6Net>().unwrap()).is_broad());
        assert!(!set("fc00::/7".parse::<Ipv6Net>().unwrap()).is_broad());
    }
}
