//! Credentials: of the environment, or of a role assumed with others; kept until shortly before they expire.
//!
//! The cache is ours, not the SDK's, for three reasons: credentials that AWS calls expired can be dropped before their
//! time, a role that cannot be assumed is not asked for again with every call, and the error names the hop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError};
use aws_smithy_async::time::SharedTimeSource;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::Call;
use crate::client::Client;
use crate::error::{AwsError, ErrorKind};
use crate::http::chain;
use crate::session::Role;

/// Renewed this long before they expire, so that a call with all its retries ends with the credentials it began with.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(5);
/// A failure is repeated from memory this long: thousands of calls of a scan would each ask again.
const REMEMBER_FAILURE: Duration = Duration::from_secs(30);

/// One set of credentials and how to renew it.
#[derive(Debug)]
pub(crate) struct Identities {
    source: Source,
    time: SharedTimeSource,
    cached: Mutex<Cached>,
    /// AWS has accepted these credentials at least once.
    is_proven: AtomicBool,
}

#[derive(Debug)]
enum Source {
    /// aws-config's chain: environment, profile, SSO, web identity, ECS, IMDS.
    Provider(SharedCredentialsProvider),
    Role(Box<Hop>),
}

/// One link of a role chain.
#[derive(Debug)]
pub(crate) struct Hop {
    /// Acts with the credentials of the link before.
    pub(crate) from: Client,
    pub(crate) role: Role,
    pub(crate) region: String,
    /// `2 of 3`
    pub(crate) position: String,
}

#[derive(Debug, Default)]
struct Cached {
    credentials: Option<Credentials>,
    failure: Option<(Instant, AwsError)>,
}

impl Identities {
    pub(crate) fn of_provider(provider: SharedCredentialsProvider, time: SharedTimeSource) -> Self {
        Self::new(Source::Provider(provider), time)
    }

    pub(crate) fn of_role(hop: Hop, time: SharedTimeSource) -> Self {
        Self::new(Source::Role(Box::new(hop)), time)
    }

    fn new(source: Source, time: SharedTimeSource) -> Self {
        Self {
            source,
            time,
            cached: Mutex::default(),
            is_proven: AtomicBool::new(false),
        }
    }

    /// Credentials good for the next five minutes. Concurrent callers wait for one renewal.
    pub(crate) async fn get(&self) -> Result<Credentials, AwsError> {
        let mut cached = self.cached.lock().await;
        if let Some(credentials) = &cached.credentials
            && !self.is_due(credentials)
        {
            return Ok(credentials.clone());
        }
        if let Some((until, failure)) = &cached.failure
            && Instant::now() < *until
        {
            return Err(failure.clone());
        }
        match self.obtain().await {
            Ok(credentials) => {
                *cached = Cached {
                    credentials: Some(credentials.clone()),
                    failure: None,
                };
                Ok(credentials)
            }
            Err(failure) => {
                if let Some(credentials) = &cached.credentials
                    && credentials.expiry().is_some_and(|expiry| expiry > self.time.now())
                {
                    // They are due but not over: a source that is briefly away is no reason to stop.
                    tracing::warn!(error = %failure, "credentials could not be renewed; using the old ones");
                    return Ok(credentials.clone());
                }
                cached.failure = Some((Instant::now() + REMEMBER_FAILURE, failure.clone()));
                Err(failure)
            }
        }
    }

    /// Forgets credentials that AWS called expired, unless they were renewed meanwhile.
    pub(crate) async fn forget(&self, credentials: &Credentials) {
        let mut cached = self.cached.lock().await;
        if cached
            .credentials
            .as_ref()
            .is_some_and(|known| known.access_key_id() == credentials.access_key_id())
        {
            *cached = Cached::default();
        }
    }

    pub(crate) fn prove(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.is_proven.load(Ordering::Relaxed)
    }

    fn is_due(&self, credentials: &Credentials) -> bool {
        credentials.expiry().is_some_and(|expiry| {
            expiry
                .duration_since(self.time.now())
                .map_or(true, |left| left < RENEW_BEFORE_EXPIRY)
        })
    }

    async fn obtain(&self) -> Result<Credentials, AwsError> {
        match &self.source {
            Source::Provider(provider) => provider
                .provide_credentials()
                .await
                .map_err(|error| unavailable(&error)),
            Source::Role(hop) => Box::pin(hop.assume()).await,
        }
    }
}

fn unavailable(error: &CredentialsError) -> AwsError {
    let message = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            "no credentials found in the environment, the profile, SSO, the container or the instance".to_owned()
        }
        other => chain(other),
    };
    AwsError {
        kind: ErrorKind::Credentials,
        service: "sts".to_owned(),
        operation: "LoadCredentials".to_owned(),
        region: "-".to_owned(),
        code: None,
        message,
        request_id: None,
    }
}

impl Hop {
    async fn assume(&self) -> Result<Credentials, AwsError> {
        let Role {
            arn,
            external_id,
            session_name,
            session_policy,
            duration,
        } = &self.role;
        let mut params = json!({"RoleArn": arn, "RoleSessionName": session_name});
        if let Some(external_id) = external_id {
            params["ExternalId"] = json!(external_id);
        }
        if let Some(policy) = session_policy {
            params["Policy"] = json!(policy);
        }
        if let Some(duration) = duration {
            params["DurationSeconds"] = json!(duration.as_secs());
        }
        let call = Call::new("sts", "AssumeRole").with(params);
        let answer = self
            .from
            .answer(&self.region, call)
            .await
            .map_err(|error| self.explain(error))?;
        credentials(&answer.value).ok_or_else(|| {
            self.explain(AwsError {
                kind: ErrorKind::Malformed,
                service: "sts".to_owned(),
                operation: "AssumeRole".to_owned(),
                region: self.region.clone(),
                code: None,
                message: "the answer holds no credentials".to_owned(),
                request_id: answer.request_id,
            })
        })
    }

    /// Names the role and its place in the chain; a refusal becomes a matter of credentials, for the calls behind it.
    fn explain(&self, mut error: AwsError) -> AwsError {
        if error.service == "sts" && error.operation == "AssumeRole" && !error.message.starts_with("assume ") {
            if matches!(
                error.kind,
                ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::Service | ErrorKind::BadParams
            ) {
                error.kind = ErrorKind::Credentials;
            }
            error.message = format!("assume {} (role {}): {}", self.role.arn, self.position, error.message);
        }
        error
    }
}

fn credentials(answer: &Value) -> Option<Credentials> {
    let credentials = answer.get("Credentials")?;
    let text = |name: &str| credentials.get(name).and_then(Value::as_str);
    let expiry = text("Expiration")?
        .parse::<jiff::Timestamp>()
        .ok()
        .map(SystemTime::from);
    Some(Credentials::new(
        text("AccessKeyId")?,
        text("SecretAccessKey")?,
        Some(text("SessionToken")?.to_owned()),
        expiry,
        "AssumeRole",
    ))
}

/// Shared, because clients of one account are cloned freely.
pub(crate) type SharedIdentities = Arc<Identities>;
