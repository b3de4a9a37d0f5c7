//! What the operator can set about the server.

use std::net::IpAddr;
use std::time::Duration;

use crate::password::HashingCost;

/// Settings of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where people reach it: `https://monkey.example.com`, `http://127.0.0.1:8080`. Decides the cookie's flags, HSTS, which
    /// hosts and origins are accepted, and links in messages.
    pub public_url: PublicUrl,
    /// Other origins whose pages may send changes (a development server): `http://localhost:5173`.
    pub allowed_origins: Vec<String>,
    /// Proxies in front of us whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// A session ends when it was not used for this long.
    pub session_idle: Duration,
    /// A session ends this long after sign-in.
    pub session_longest: Duration,
    /// An ordinary request is given up after this long.
    pub request_timeout: Duration,
    /// The largest request body, in bytes.
    pub largest_body_bytes: usize,
    /// What a password hash costs.
    pub hashing_cost: HashingCost,
    /// Whether this process also scans.
    pub watching: Watching,
}

/// What a process does besides serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// It runs the engine: scans that people ask for are made here.
    Here,
    /// It only serves; other processes watch.
    Elsewhere,
}

impl ServerSettings {
    /// The defaults, for this URL.
    pub fn new(public_url: PublicUrl) -> Self {
        Self {
            public_url,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            session_idle: Duration::from_hours(8),
            session_longest: Duration::from_hours(7 * 24),
            request_timeout: Duration::from_secs(30),
            largest_body_bytes: 256 * 1024,
            hashing_cost: HashingCost::default(),
            watching: Watching::Here,
        }
    }
}

/// The text is no URL people can reach the server at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no public URL: write scheme, host and port only, like https://monkey.example.com or http://127.0.0.1:8080"
)]
pub struct InvalidPublicUrl(pub String);

/// Scheme, host and port: an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_https: bool,
}

impl PublicUrl {
    /// Parses `https://host[:port]` or `http://host[:port]`; a slash at the end is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicUrl> {
        let invalid = || InvalidPublicUrl(text.chars().take(200).collect());
        let lower = text.to_ascii_lowercase();
        let origin = lower.strip_suffix('/').unwrap_or(&lower);
        let uri: axum::http::Uri = origin.parse().map_err(|_| invalid())?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(invalid()),
        };
        let authority = uri.authority().ok_or_else(invalid)?.as_str();
        if uri.path() != "/" || uri.query().is_some() || authority.contains('@') || authority.is_empty() {
            return Err(invalid());
        }
        // Browsers leave the scheme's own port out of `Origin` and `Host`.
        let own_port = if is_https { ":443" } else { ":80" };
        let authority = authority.strip_suffix(own_port).unwrap_or(authority);
        let scheme = if is_https { "https" } else { "http" };
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            is_https,
        })
    }

    /// `https://monkey.example.com`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach it by TLS.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Host and port as the `Host` header has them.
    pub fn authority(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// The host without the port.
    pub fn host(&self) -> &str {
        host_of(self.authority())
    }

    /// Whether it is this machine only.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(self.host())
    }
}

/// The host of `host[:port]`; an IPv6 address keeps its brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or(authority, |end| &authority[..=end]);
    }
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Names that a browser resolves to this machine whatever DNS says.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let url = PublicUrl::parse("HTTPS://Monkey.Example.com:443/").unwrap();
        assert_eq!(
            (url.as_str(), url.host()),
            ("https://monkey.example.com", "monkey.example.com")
        );
        assert!(url.is_https() && !url.is_loopback());
        assert!(PublicUrl::parse("http://[::1]:8080").unwrap().is_loopback());
        for wrong in [
            "",
            "monkey",
            "ftp://a",
            "http://a/b",
            "http://u:p@a",
            "http://",
            "http://a?b",
        ] {
            assert!(PublicUrl::parse(wrong).is_err(), "{wrong:?} was accepted");
        }
    }
}
