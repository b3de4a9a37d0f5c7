//! What a [`crate::Session`] is made from. Everything from outside (environment, clock, resolver) comes in here, once.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;

use crate::limit::Limits;

/// How to reach AWS, and in whose name.
#[derive(Clone)]
pub struct Options {
    /// The process's environment: `AWS_*`, `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `HOME`.
    pub environment: HashMap<String, String>,
    /// Profile of `~/.aws/config`; by default `AWS_PROFILE`, then `default`.
    pub profile: Option<String>,
    /// Home region, for STS and the caller's identity; by default the environment's or profile's, then `us-east-1`.
    pub region: Option<String>,
    /// When and how often a failed request is sent again.
    pub retries: Retries,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How many requests at once and per second, by service.
    pub limits: Limits,
    /// Sockets in use at once by the whole process.
    pub connections: usize,
    /// The clock that signs requests and decides when credentials are renewed.
    pub time: SharedTimeSource,
    /// Looks up host names; by default the operating system.
    pub resolver: Option<SharedDnsResolver>,
}

impl Options {
    /// The defaults, with this environment.
    pub fn new(environment: HashMap<String, String>) -> Self {
        Self {
            environment,
            profile: None,
            region: None,
            retries: Retries::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            connections: 128,
            time: SharedTimeSource::new(SystemTimeSource::new()),
            resolver: None,
        }
    }
}

/// The environment holds credentials, so it is not shown.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("profile", &self.profile)
            .field("region", &self.region)
            .field("retries", &self.retries)
            .field("timeouts", &self.timeouts)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// When and how often a request is sent again. Waits double each time, are drawn at random below that, and are capped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Sent at most this often, the first time included. The AWS SDKs' default is 3; an inventory has time, so 6.
    pub max_attempts: u32,
    /// The first wait, at most.
    pub initial_backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            initial_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(20),
        }
    }
}

/// How long to wait for AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For one attempt, its whole answer included.
    pub attempt: Duration,
    /// For a call with all its retries.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_mins(1),
            call: Duration::from_mins(5),
        }
    }
}

/// A session that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// `AWS_CA_BUNDLE` cannot be read, or holds no certificate.
    #[error("read the CA bundle {path} (AWS_CA_BUNDLE): {reason}")]
    CaBundle {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A proxy's address is not a URL.
    #[error("the proxy address in {variable} is not a URL: {reason}; expected http://host:port")]
    Proxy {
        /// The variable; its value is not shown, it may hold a password.
        variable: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A configured endpoint is no URL of the web. Those of services besides STS are met when they are called.
    #[error("{named_by} is '{url}', which is no address; hint: write it like https://host:port, or take it away")]
    Endpoint {
        /// The variable, or where else it is from.
        named_by: String,
        /// What it says, without user and password.
        url: String,
    },
    /// The home region has no region's name.
    #[error(
        "{named_by} is '{region}', which is no region; hint: write it like eu-west-1, in lower case, without spaces"
    )]
    Region {
        /// The variable, or where else it is from.
        named_by: String,
        /// What it says.
        region: String,
    },
    /// The limits do not parse.
    #[error("read the limits: {0}")]
    Limits(String),
    /// A role's ARN is not one.
    #[error("`{arn}` is not the ARN of a role; expected arn:aws:iam::<account>:role/<name>")]
    RoleArn {
        /// What was given.
        arn: String,
    },
}
