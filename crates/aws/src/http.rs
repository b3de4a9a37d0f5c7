//! The HTTP clients: one pool of connections for a whole session, with its proxies, trusted roots and name look-up.
//!
//! rustls with ring. The official builder reads neither `HTTPS_PROXY` nor `AWS_CA_BUNDLE`: both are done here, from the
//! environment that was passed in.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::options::{Options, SessionError};

/// One client per scheme of the target, because a proxy is chosen by it.
#[derive(Clone, Debug)]
pub(crate) struct HttpClients {
    /// For `https://` targets, and for aws-config.
    pub(crate) https: SharedHttpClient,
    /// For `http://` targets: local servers named by an endpoint override.
    http: SharedHttpClient,
    pub(crate) resolver: SharedDnsResolver,
}

impl HttpClients {
    pub(crate) fn new(options: &Options) -> Result<Self, SessionError> {
        let environment = &options.environment;
        let tls = tls_context(environment)?;
        let resolver = options
            .resolver
            .clone()
            .unwrap_or_else(|| SharedDnsResolver::new(SystemResolver));
        let client = |proxy: ProxyConfig| {
            let (tls, resolver) = (tls.clone(), resolver.clone());
            Builder::new().build_with_connector_fn(move |settings, components| {
                let mut builder = Connector::builder();
                builder.set_connector_settings(settings.cloned());
                builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
                builder
                    .proxy_config(proxy.clone())
                    .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
                    .tls_context(tls.clone())
                    .build_with_resolver(resolver.clone())
            })
        };
        Ok(Self {
            https: client(proxy(environment, &["HTTPS_PROXY", "https_proxy"], ProxyConfig::https)?),
            // The upper-case variable is not honoured by some programs, because a CGI client can set it; we are none.
            http: client(proxy(environment, &["HTTP_PROXY", "http_proxy"], ProxyConfig::http)?),
            resolver,
        })
    }

    pub(crate) fn for_url(&self, url: &str) -> &SharedHttpClient {
        if url.starts_with("http://") {
            &self.http
        } else {
            &self.https
        }
    }
}

fn variable<'a>(environment: &'a HashMap<String, String>, names: &[&'static str]) -> Option<(&'static str, &'a str)> {
    names.iter().find_map(|name| {
        let value = environment.get(*name)?.trim();
        (!value.is_empty()).then_some((*name, value))
    })
}

fn proxy<E: fmt::Display>(
    environment: &HashMap<String, String>,
    names: &[&'static str],
    make: impl Fn(String) -> Result<ProxyConfig, E>,
) -> Result<ProxyConfig, SessionError> {
    let found = variable(environment, names).or_else(|| variable(environment, &["ALL_PROXY", "all_proxy"]));
    let Some((name, address)) = found else {
        return Ok(ProxyConfig::disabled());
    };
    // `host:port` is what many people write, and what curl accepts.
    let address = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let proxy = make(address).map_err(|error| SessionError::Proxy {
        variable: name.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(match variable(environment, &["NO_PROXY", "no_proxy"]) {
        Some((_, exceptions)) => proxy.no_proxy(exceptions),
        None => proxy,
    })
}

fn tls_context(environment: &HashMap<String, String>) -> Result<TlsContext, SessionError> {
    let Some((_, path)) = variable(environment, &["AWS_CA_BUNDLE"]) else {
        return Ok(TlsContext::default());
    };
    let problem = |reason: String| SessionError::CaBundle {
        path: path.to_owned(),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(mark.len()).any(|window| window == mark) {
        return Err(problem("no certificate in PEM form in it".to_owned()));
    }
    // As in the AWS CLI, the bundle replaces the system's roots.
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| problem(error.to_string()))
}

/// A name that does not exist, as against a name server that does not answer.
#[derive(Debug)]
pub(crate) struct NoSuchHost {
    name: String,
}

impl fmt::Display for NoSuchHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no host {}", self.name)
    }
}

impl std::error::Error for NoSuchHost {}

/// The operating system's resolver, which tells a missing name from a failing name server.
#[derive(Clone, Debug)]
struct SystemResolver;

impl ResolveDns for SystemResolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            match tokio::net::lookup_host((name, 0)).await {
                Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect::<Vec<IpAddr>>()),
                Err(error) if is_missing(&error) => Err(ResolveDnsError::new(NoSuchHost { name: name.to_owned() })),
                Err(error) => Err(ResolveDnsError::new(error)),
            }
        })
    }
}

/// `getaddrinfo`'s code does not come through std, only its text: EAI_NONAME and EAI_NODATA of glibc, musl and macOS.
fn is_missing(error: &std::io::Error) -> bool {
    const TEXTS: [&str; 5] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
    ];
    let text = error.to_string();
    TEXTS.iter().any(|known| text.contains(known))
}

/// Is there a [`NoSuchHost`] of this name in the chain of causes? Of a proxy that is not found it has the proxy's name, which says
/// nothing of what is behind it.
pub(crate) fn is_no_such_host(error: &(dyn std::error::Error + 'static), name: &str) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(missing) = error.downcast_ref::<NoSuchHost>() {
            return missing.name.eq_ignore_ascii_case(name);
        }
        next = error.source();
    }
    false
}

/// An error with its causes, without repeating a cause that the one before already quotes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// A resolver for tests and split-horizon networks: the names it knows, and no others.
#[derive(Clone, Debug, Default)]
pub struct StaticResolver {
    /// Address by name; `*` is the address of all other names.
    pub hosts: HashMap<String, IpAddr>,
}

impl ResolveDns for StaticResolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(match self.hosts.get(name).or_else(|| self.hosts.get("*")) {
            Some(address) => Ok(vec![*address]),
            None => Err(ResolveDnsError::new(NoSuchHost { name: name.to_owned() })),
        })
    }
}
