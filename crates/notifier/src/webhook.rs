//! Webhooks: one event as JSON to one HTTPS address, signed, so that the receiver knows who wrote it and when.
//!
//! ```text
//! POST /hook
//! Content-Type: application/json
//! Security-Monkey-Event: event-17-1795316400000000.subscription-3@monkey.example.com     the same at every attempt: the idempotency key
//! Security-Monkey-Signature: t=1795352377,v1=<hex HMAC-SHA256 of "1795352377." + body, keyed with the subscription's secret>
//! ```
//! While a secret is being replaced the header carries one `v1` for each of the two. A receiver should refuse a `t` older than five minutes.

mod address;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use ipnet::IpNet;
use reqwest::{StatusCode, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use security_monkey_model::Clock;
use serde::{Deserialize, Serialize};

pub use address::AddressPolicy;
pub use signature::{SignatureError, signature_header, verify_signature};

use crate::channel::{Audience, Channel, DeliveryError, InvalidTarget, Target};
use crate::message::Message;
use crate::secret::Secret;

const NAME: &str = "webhook";

/// The header with the id of the delivery.
pub const EVENT_HEADER: &str = "Security-Monkey-Event";
/// The header with time and signature.
pub const SIGNATURE_HEADER: &str = "Security-Monkey-Signature";

/// Least length of a secret in bytes; 128 bits even when written in hexadecimal digits.
const LEAST_SECRET: usize = 32;
/// The most a receiver can make us wait, whatever its Retry-After says.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// How webhooks are sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSettings {
    /// Seconds from connecting to the whole answer.
    pub timeout_seconds: u64,
    /// Networks that may be reached although they are not public: `["10.1.2.0/24"]`. Without it a subscription could
    /// make this server ask its own neighbours (the cloud's metadata address among them) for things.
    #[schemars(with = "Vec<String>")]
    pub allowed_networks: Vec<IpNet>,
    /// A proxy for all webhooks, `http://proxy.example.com:3128`; the environment's proxies are not used. A proxy resolves
    /// names itself, so it has to keep private addresses out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Certificates (PEM) to trust besides the system's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            timeout_seconds: 15,
            allowed_networks: Vec::new(),
            proxy: None,
            certificates: Vec::new(),
        }
    }
}

/// Settings that no webhook can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWebhookSettings {
    /// A certificate is not PEM.
    #[error("webhook.certificates: entry {number} is not a PEM certificate: {message}")]
    Certificate {
        /// Its place, from 1.
        number: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The proxy's address cannot be used. Shown without its user.
    #[error("webhook.proxy '{0}' is not an address like http://proxy.example.com:3128")]
    Proxy(String),
    /// The HTTP client cannot be made.
    #[error("cannot make the HTTP client for webhooks: {0}")]
    Client(String),
}

/// Settings of one subscription.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    /// Signs every message.
    secret: Secret,
    /// Signs as well, while receivers change over.
    #[serde(default)]
    previous_secret: Option<Secret>,
}

/// The channel `webhook`.
#[derive(Debug)]
pub struct WebhookChannel {
    client: reqwest::Client,
    policy: AddressPolicy,
    clock: Arc<dyn Clock>,
}

impl WebhookChannel {
    /// A channel with these settings.
    pub fn new(settings: &WebhookSettings, clock: Arc<dyn Clock>) -> Result<Self, InvalidWebhookSettings> {
        let mut policy = AddressPolicy::new(settings.allowed_networks.clone());
        if let Some(host) = settings.proxy.as_deref().and_then(host_name) {
            policy = policy.with_proxy(&host);
        }
        let timeout = Duration::from_secs(settings.timeout_seconds.clamp(1, 60));
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(&settings.certificates)?)
            .dns_resolver(policy.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(timeout)
            .connect_timeout(timeout)
            .user_agent(concat!("security-monkey/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(
                reqwest::Proxy::all(proxy)
                    .map_err(|_| InvalidWebhookSettings::Proxy(without_user(proxy).chars().take(200).collect()))?,
            );
        }
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| InvalidWebhookSettings::Client(error.to_string()))?,
            policy,
            clock,
        })
    }

    fn parse(&self, target: Target<'_>) -> Result<(Url, Signing), InvalidTarget> {
        let refuse = |reason: String| InvalidTarget::new(NAME, target.address, reason);
        let url = Url::parse(target.address)
            .map_err(|error| refuse(format!("{error}; write it like https://example.com/hook")))?;
        self.policy.check(&url).map_err(|error| refuse(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(
                "credentials do not belong into the address; check the signature instead".to_owned(),
            ));
        }
        let signing = Signing::deserialize(target.settings).map_err(|error| {
            refuse(format!(
                "its settings are not {{\"secret\": \"…\", \"previous_secret\": \"…\"}}: {error}"
            ))
        })?;
        for secret in std::iter::once(&signing.secret).chain(&signing.previous_secret) {
            if secret.reveal().len() < LEAST_SECRET {
                return Err(refuse(format!("a secret has at least {LEAST_SECRET} characters")));
            }
        }
        Ok((url, signing))
    }

    async fn post(&self, message: &Message, target: Target<'_>) -> Result<(), DeliveryError> {
        let (url, signing) = self
            .parse(target)
            .map_err(|error| DeliveryError::permanent(error.to_string()))?;
        let body = body(message);
        let secrets: Vec<&str> = std::iter::once(&signing.secret)
            .chain(&signing.previous_secret)
            .map(Secret::reveal)
            .collect();
        let header = signature_header(&body, &secrets, self.clock.now());
        let host = url.host_str().unwrap_or_default().to_owned();
        let answer = self
            .client
            .post(url)
            .header("Content-Type", "application/json")
            .header(EVENT_HEADER, message.id.to_string())
            .header(SIGNATURE_HEADER, header)
            .body(body)
            .send()
            .await
            // The error's own text may hold the whole address, and addresses of webhooks are often secrets.
            .map_err(|error| unreachable_receiver(&host, &error.without_url()))?;
        judge(&host, answer.status(), retry_after(answer.headers()))
    }
}

impl Channel for WebhookChannel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn audience(&self) -> Audience {
        Audience::Programs
    }

    fn check(&self, target: Target<'_>) -> Result<(), InvalidTarget> {
        self.parse(target).map(drop)
    }

    fn send<'a>(&'a self, message: &'a Message, target: Target<'a>) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(self.post(message, target))
    }
}

/// An address as it may be shown: `http://user:secret@proxy:3128`, with or without its scheme, without `user:secret@`. A proxy's user may
/// be a token; and a secret with an unescaped `/` or `@` in it is one all the same.
pub fn without_user(address: &str) -> String {
    let (scheme, rest) = address.find("://").map_or(("", address), |at| address.split_at(at + 3));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}{host}")
}

/// The host name in a proxy's address, which may lack its scheme; addresses in numbers never meet the resolver.
fn host_name(proxy: &str) -> Option<String> {
    let url = if proxy.contains("://") {
        Url::parse(proxy)
    } else {
        Url::parse(&format!("http://{proxy}"))
    };
    url.ok()?.domain().map(str::to_owned)
}

fn body(message: &Message) -> Vec<u8> {
    let body = serde_json::json!({
        "version": 1,
        "id": message.id.to_string(),
        "deployment": message.id.deployment,
        "at": message.at,
        "subject": message.content.subject,
        "text": message.content.text,
        "link": message.content.link,
        "event": message.payload,
    });
    body.to_string().into_bytes()
}

fn unreachable_receiver(host: &str, error: &reqwest::Error) -> DeliveryError {
    let mut causes = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<address::RefusedAddress>() {
            return DeliveryError::permanent(format!("webhook {host}: {refused}"));
        }
        causes = format!("{causes}: {cause}");
        source = cause.source();
    }
    DeliveryError::temporary(format!("webhook {host} could not be reached: {causes}"))
}

/// Only answers that the same request will get for ever are permanent; a receiver that is set up wrongly today
/// (401, 403, 404) is often set up rightly tomorrow.
fn judge(host: &str, status: StatusCode, after: Option<Duration>) -> Result<(), DeliveryError> {
    let message = |hint: &str| format!("webhook {host} answered {status}{hint}");
    match status.as_u16() {
        200..=299 => Ok(()),
        300..=399 => Err(DeliveryError::permanent(message(
            "; redirects are not followed: write the final address into the subscription",
        ))),
        410 => Err(DeliveryError::permanent(message(
            "; it is gone: remove the subscription",
        ))),
        401 | 403 | 404 | 407..=409 | 423..=425 | 429 => Err(DeliveryError::Temporary {
            message: message(""),
            after,
        }),
        400..=499 => Err(DeliveryError::permanent(message(""))),
        _ => Err(DeliveryError::Temporary {
            message: message(""),
            after,
        }),
    }
}

/// The delay in seconds; the date form is left to our own back-off.
fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

fn tls_config(certificates: &[String]) -> Result<rustls::ClientConfig, InvalidWebhookSettings> {
    let mut roots = rustls::RootCertStore::empty();
    // Certificates the library cannot read are no reason to trust none of the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for (index, pem) in certificates.iter().enumerate() {
        let wrap = |message: String| InvalidWebhookSettings::Certificate {
            number: index + 1,
            message,
        };
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| wrap(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrap(error.to_string()))?;
    }
    Ok(
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| InvalidWebhookSettings::Client(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}
