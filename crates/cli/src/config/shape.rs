//! The shape of the configuration file.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use schemars::JsonSchema;
use security_monkey_model::{Region, TechnologyId};
use security_monkey_notifier::{SmtpTls, WebhookSettings};
use serde::{Deserialize, Serialize};

use super::{Interval, Network, Organisation};

/// `security-monkey.toml`. Every member has a default; an empty file is a valid configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the history is kept.
    pub(crate) database: Database,
    /// Where the API and the user interface listen.
    pub(crate) server: Server,
    /// What is scanned, and how often.
    pub(crate) scan: Scan,
    /// Who and what is ours besides the accounts.
    pub(crate) known: Known,
    /// How AWS is reached.
    pub(crate) aws: Aws,
    /// Folders with technologies and rules of your own.
    pub(crate) extend: Extend,
    /// How people are told.
    pub(crate) notify: Notify,
    /// What the process says of itself.
    pub(crate) log: Log,
}

/// Where the history is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// `sqlite:FILE` or `postgres://user@host/database`. A PostgreSQL password belongs into `~/.pgpass` or `PGPASSWORD`.
    pub(crate) url: String,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:security-monkey.db".to_owned(),
        }
    }
}

/// Where the API and the user interface listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Address and port. Anything but a loopback address wants a TLS-terminating proxy in front.
    pub(crate) listen: SocketAddr,
    /// The address people type; links in notifications start with it, and with `https` cookies are Secure. Default: derived from `listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// Addresses of proxies in front, whose `X-Forwarded-For` is believed; without them everybody behind a proxy shares one limit on
    /// failed sign-ins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 5000)),
            public_url: None,
            trusted_proxies: Vec::new(),
        }
    }
}

/// What is scanned, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Scan {
    /// Regions for accounts that name none; empty: every region switched on for the account.
    pub(crate) regions: Vec<Region>,
    /// Technologies to watch; empty: all.
    pub(crate) technologies: Vec<TechnologyId>,
    /// Technologies to leave out.
    pub(crate) excluded_technologies: Vec<TechnologyId>,
    /// How often, per technology; overrides the technology file's own interval. A running `serve` takes changes over at once.
    pub(crate) intervals: BTreeMap<TechnologyId, Interval>,
    /// Scopes scanned at the same time by this process.
    pub(crate) concurrent_scopes: usize,
}

impl Scan {
    /// The intervals, as the engine takes them.
    pub(crate) fn intervals(&self) -> BTreeMap<TechnologyId, std::time::Duration> {
        self.intervals
            .iter()
            .map(|(id, interval)| (id.clone(), interval.0))
            .collect()
    }
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            technologies: Vec::new(),
            excluded_technologies: Vec::new(),
            intervals: BTreeMap::new(),
            concurrent_scopes: 8,
        }
    }
}

/// Who and what is ours besides the accounts, for the rules that ask who can reach something. Accounts of ours, of friends and of third
/// parties are registered with `accounts add`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Known {
    /// Our AWS Organizations: `["o-exampleorgid"]`. What is open to all accounts of one of them is not open to strangers.
    pub(crate) organisations: Vec<Organisation>,
    /// Public networks that may be let in, each under a name of its own: `office = "203.0.113.0/24"`.
    pub(crate) networks: BTreeMap<String, Network>,
}

/// How AWS is reached. Credentials come from the ordinary chain: environment, profile, SSO, container, instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Aws {
    /// The profile of `~/.aws/config` to start from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// The region to ask first (for STS and the list of regions); default: the profile's, else us-east-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Region>,
    /// Use FIPS endpoints.
    pub(crate) fips: bool,
}

/// Folders with technologies and rules of your own. They are read at start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Extend {
    /// A folder of technology files; one with a built-in id replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) technologies: Option<PathBuf>,
    /// A folder of rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<PathBuf>,
}

/// How people are told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Notify {
    /// The mail server; without it the e-mail channel is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) smtp: Option<Smtp>,
    /// Webhooks.
    pub(crate) webhook: WebhookSettings,
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Smtp {
    /// Its host name, as its certificate names it.
    pub(crate) host: String,
    /// Its port; default 587 for STARTTLS, 465 for implicit TLS, 25 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub(crate) tls: SmtpTls,
    /// The user to sign in as, if the server wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// A file that holds the password and nothing else; or set `SECURITY_MONKEY_SMTP_PASSWORD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    /// The sender: `Security Monkey <security-monkey@example.com>`.
    pub(crate) from: String,
}

/// What the process says of itself, on stderr.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// A filter: `info`, `debug`, or per module like `security_monkey_engine=debug,info`.
    pub(crate) level: String,
    /// Text for people or JSON for machines.
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
