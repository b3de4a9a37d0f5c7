//! E-mail by SMTP: one message to one address, as text and HTML.
//!
//! One address per message: with several, one bad address would fail all and every receiver would see the others.

use std::time::Duration;

use futures::future::BoxFuture;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::channel::{Audience, Channel, DeliveryError, InvalidTarget, Target};
use crate::message::Message;
use crate::secret::Secret;

const NAME: &str = "smtp";

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpTls {
    /// Starts in clear and must upgrade before anything is said: port 587. A server that does not offer it is an error.
    #[default]
    Starttls,
    /// TLS from the first byte: port 465.
    Implicit,
    /// No protection: a relay on the same machine, port 25. Credentials are refused.
    None,
}

impl SmtpTls {
    const fn default_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

/// The mail server and how we sign in to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// The server's host name, as its certificate names it.
    pub host: String,
    /// Its port; default 587 for STARTTLS, 465 for implicit TLS, 25 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: SmtpTls,
    /// The user to sign in as; none: no sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// That user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The sender: `Security Monkey <monkey@example.com>`.
    pub from: String,
    /// What we call ourselves to the server; default: this machine's host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello_name: Option<String>,
    /// Seconds that one message may take, from connecting to its acceptance; 1 to 60.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u64,
    /// Certificates (PEM) to trust besides the system's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
}

const fn default_timeout_seconds() -> u64 {
    30
}

/// Settings that no mail can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSmtpSettings {
    /// The sender is not an address.
    #[error("smtp.from '{0}' is not an address like 'Security Monkey <monkey@example.com>'")]
    From(String),
    /// A password would travel in clear.
    #[error("smtp.tls is 'none' with a user: the password would travel in clear; use 'starttls' or 'implicit'")]
    PasswordInClear,
    /// Half of the credentials.
    #[error("smtp.user and smtp.password belong together; one of them is missing")]
    HalfCredentials,
    /// A certificate, or the host's name, is not usable for TLS.
    #[error("cannot use TLS with smtp.host '{host}': {source}")]
    Tls {
        /// The host.
        host: String,
        /// What the TLS library says.
        source: lettre::transport::smtp::Error,
    },
}

/// The channel `smtp`.
#[derive(Debug)]
pub struct SmtpChannel {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
    timeout: Duration,
}

impl SmtpChannel {
    /// A channel through this server. Connects at the first message only.
    pub fn new(settings: &SmtpSettings) -> Result<Self, InvalidSmtpSettings> {
        let from = settings
            .from
            .parse()
            .map_err(|_| InvalidSmtpSettings::From(settings.from.clone()))?;
        let port = settings.port.unwrap_or(settings.tls.default_port());
        let tls = match settings.tls {
            SmtpTls::Starttls => Tls::Required(tls_parameters(settings)?),
            SmtpTls::Implicit => Tls::Wrapper(tls_parameters(settings)?),
            SmtpTls::None => Tls::None,
        };
        let timeout = Duration::from_secs(settings.timeout_seconds.clamp(1, 60));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(port)
            .tls(tls)
            .timeout(Some(timeout));
        builder = match (&settings.user, &settings.password) {
            (None, None) => builder,
            (Some(_), Some(_)) if settings.tls == SmtpTls::None => return Err(InvalidSmtpSettings::PasswordInClear),
            (Some(user), Some(password)) => {
                builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()))
            }
            _ => return Err(InvalidSmtpSettings::HalfCredentials),
        };
        if let Some(name) = &settings.hello_name {
            builder = builder.hello_name(ClientId::Domain(name.clone()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
            server: format!("{}:{port}", settings.host),
            timeout,
        })
    }

    fn letter(&self, message: &Message, to: Mailbox) -> Result<lettre::Message, lettre::error::Error> {
        let seconds = u64::try_from(message.at.as_micros() / 1_000_000).unwrap_or(0);
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(message.content.subject.clone())
            .message_id(Some(format!("<{}>", message.id)))
            .date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Security-Monkey-Event", &message.id.event.to_string()));
        if let Some(thread) = &message.content.thread {
            // A message that never was, shared by all about the same thing: mail readers group by it.
            builder = builder.references(format!("<{thread}@{}>", message.id.deployment));
        }
        builder.multipart(MultiPart::alternative_plain_html(
            message.content.text.clone(),
            message.content.html.clone(),
        ))
    }
}

impl Channel for SmtpChannel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn audience(&self) -> Audience {
        Audience::People
    }

    fn check(&self, target: Target<'_>) -> Result<(), InvalidTarget> {
        parse(target.address).map(drop)
    }

    fn send<'a>(&'a self, message: &'a Message, target: Target<'a>) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            let to = parse(target.address).map_err(|error| DeliveryError::permanent(error.to_string()))?;
            let letter = self
                .letter(message, to)
                .map_err(|error| DeliveryError::permanent(format!("cannot write {}: {error}", message.id)))?;
            // lettre's own timeout bounds the connecting only: a server that then says nothing would hold us for ever.
            match tokio::time::timeout(self.timeout, self.transport.send(letter)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(self.failure(&error, target.address)),
                Err(_) => Err(DeliveryError::temporary(format!(
                    "mail server {} did not take the message for {} within {} s",
                    self.server,
                    target.address,
                    self.timeout.as_secs()
                ))),
            }
        })
    }
}

impl SmtpChannel {
    /// A refused receiver is for ever. Everything else is the operator's or time's to mend, whatever the server calls it: SES says
    /// 554 to a sender that is not verified yet, and others say so of a full disk or a sender they take for spam.
    fn failure(&self, error: &lettre::transport::smtp::Error, address: &str) -> DeliveryError {
        let message = format!(
            "mail server {} did not take the message for {address}: {error}",
            self.server
        );
        let Some(code) = error.status().map(u16::from) else {
            return DeliveryError::temporary(message);
        };
        // RFC 4954: authentication required, too weak, failed, encryption required.
        if matches!(code, 530 | 534 | 535 | 538) {
            return DeliveryError::temporary(format!("{message}; hint: check smtp.user, smtp.password and smtp.tls"));
        }
        let said = std::error::Error::source(error).map(ToString::to_string);
        if is_receiver_refused(code, said.as_deref().unwrap_or_default()) {
            DeliveryError::permanent(message)
        } else {
            DeliveryError::temporary(message)
        }
    }
}

/// Whether the receiver's address is at fault: by the enhanced status (RFC 3463) if the server gives one, since 550 alone is also said
/// to senders that may not relay; else by the codes that RFC 5321 has for mailboxes.
fn is_receiver_refused(code: u16, said: &str) -> bool {
    match enhanced_status(said) {
        // The addresses of 5.1.7 and 5.1.8 are the sender's, which is our own setting.
        Some(status) => status.starts_with("5.1.") && !matches!(status, "5.1.7" | "5.1.8"),
        None => matches!(code, 550 | 551 | 553),
    }
}

/// The `5.1.1` that a reply begins with.
fn enhanced_status(said: &str) -> Option<&str> {
    let word = said.split_whitespace().next()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (word.split('.').count() == 3 && word.split('.').all(is_number)).then_some(word)
}

fn parse(address: &str) -> Result<Mailbox, InvalidTarget> {
    let mailbox: Mailbox = address
        .parse()
        .map_err(|error| InvalidTarget::new(NAME, address, format!("{error}; write it like someone@example.com")))?;
    if address.chars().any(char::is_control) {
        return Err(InvalidTarget::new(NAME, address, "it holds control characters"));
    }
    Ok(mailbox)
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, InvalidSmtpSettings> {
    let wrap = |source| InvalidSmtpSettings::Tls {
        host: settings.host.clone(),
        source,
    };
    let mut builder = TlsParameters::builder(settings.host.clone());
    for certificate in &settings.certificates {
        builder = builder.add_root_certificate(Certificate::from_pem(certificate.as_bytes()).map_err(wrap)?);
    }
    builder.build().map_err(wrap)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
