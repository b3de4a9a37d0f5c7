//! Which addresses a webhook may reach: public ones, and networks the operator named.
//!
//! A subscription is written by a user, and the request is sent by this server from inside its network. Checked at the
//! last moment, on the addresses a name resolved to for this very connection, so that a name that changes its mind
//! between check and use (DNS rebinding) gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The addresses that may be reached.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    allowed: Arc<[IpNet]>,
    /// The host name of the operator's own proxy.
    proxy: Option<Arc<str>>,
}

/// Why an address may not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RefusedAddress {
    /// All addresses of the host are private, local or reserved.
    #[error("{host} is not a public address; an administrator can allow its network in webhook.allowed_networks")]
    NotPublic {
        /// The name or address.
        host: String,
    },
    /// The URL names no host.
    #[error("it names no host")]
    NoHost,
    /// The message would travel in clear.
    #[error("only https is allowed, except to addresses in webhook.allowed_networks")]
    InClear,
}

impl AddressPolicy {
    /// Public addresses and these networks.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self {
            allowed: allowed.into(),
            proxy: None,
        }
    }

    /// The same, and this host wherever it is: the operator named it, no subscription did.
    #[must_use]
    pub(super) fn with_proxy(mut self, host: &str) -> Self {
        self.proxy = Some(host.into());
        self
    }

    /// Whether this address may be reached.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.is_allowed(address) || is_public(address)
    }

    /// Checks what can be checked of a URL without asking anybody: an address written as a number never meets the resolver.
    pub(super) fn check(&self, url: &Url) -> Result<(), RefusedAddress> {
        let literal = match url.host() {
            None => return Err(RefusedAddress::NoHost),
            Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(url::Host::Domain(_)) => None,
        };
        if let Some(address) = literal
            && !self.permits(address)
        {
            return Err(RefusedAddress::NotPublic {
                host: address.to_string(),
            });
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if literal.is_some_and(|address| self.is_allowed(address.to_canonical())) => Ok(()),
            _ => Err(RefusedAddress::InClear),
        }
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(&address))
    }
}

impl Resolve for AddressPolicy {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let is_proxy = (policy.proxy.as_deref()).is_some_and(|proxy| proxy.eq_ignore_ascii_case(&host));
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0))
                .await?
                .filter(|address| is_proxy || policy.permits(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(RefusedAddress::NotPublic { host }.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether the internet routes this address to somebody else. From the IANA special-purpose registries (IPv4 and IPv6), 2025.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Only 2000::/3 is routed at all; inside it the tunnels (6to4, Teredo) and documentation prefixes are refused, and 64:ff9b::/96
/// (NAT64), which is outside, with it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (0x2000..0x4000).contains(&first)
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(policy: &AddressPolicy, text: &str) -> bool {
        policy.permits(text.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_reached() {
        let policy = AddressPolicy::new(Vec::new());
        for public in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "100.128.0.1", "172.32.0.1"] {
            assert!(permits(&policy, public), "{public}");
        }
        for refused in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!permits(&policy, refused), "{refused}");
        }
    }

    #[test]
    fn a_named_network_is_reached_and_its_neighbour_is_not() {
        let policy = AddressPolicy::new(vec!["10.1.2.0/24".parse().unwrap()]);
        assert!(permits(&policy, "10.1.2.3"));
        assert!(permits(&policy, "::ffff:10.1.2.3"));
        assert!(!permits(&policy, "10.1.3.3"));
    }

    #[tokio::test]
    async fn only_the_proxys_own_name_may_lead_to_a_private_address() {
        let policy = AddressPolicy::new(Vec::new());
        let localhost = || "localhost".parse().unwrap();
        assert!(
            policy
                .clone()
                .with_proxy("LocalHost")
                .resolve(localhost())
                .await
                .is_ok()
        );
        for other in ["proxy.internal", "host", "localhost.internal"] {
            let answer = policy.clone().with_proxy(other).resolve(localhost()).await;
            assert!(answer.is_err(), "{other}");
        }
    }

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        let policy = AddressPolicy::new(Vec::new());
        for text in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert!(
                matches!(
                    policy.check(&Url::parse(text).unwrap()),
                    Err(RefusedAddress::NotPublic { .. })
                ),
                "{text}"
            );
        }
        assert_eq!(
            policy.check(&Url::parse("http://example.com/").unwrap()),
            Err(RefusedAddress::InClear)
        );
        assert_eq!(policy.check(&Url::parse("https://example.com/").unwrap()), Ok(()));
    }
}
