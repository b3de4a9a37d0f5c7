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
use crate::error::{AwsError, ErrorKind, NO_REGION};
use crate::http::chain;
use crate::session::Role;

/// Renewed this long before they expire, so that a call with all its retries ends with the credentials it began with.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(5);
/// The most that a renewal may take while the old credentials still work: all calls of the account wait for it.
const EARLY_RENEWAL: Duration = Duration::from_secs(20);
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
            return self.still_good(&cached).ok_or_else(|| failure.clone());
        }
        let renewed = match self.still_good(&cached) {
            Some(_) => self.obtain_early().await,
            None => self.obtain().await,
        };
        match renewed {
            Ok(credentials) => {
                *cached = Cached {
                    credentials: Some(credentials.clone()),
                    failure: None,
                };
                Ok(credentials)
            }
            Err(failure) => {
                let good = self.still_good(&cached);
                // What failed early is asked for again as soon as the old credentials are over, and then in earnest.
                let pause = good.as_ref().map_or(REMEMBER_FAILURE, |credentials| {
                    REMEMBER_FAILURE.min(self.left(credentials))
                });
                cached.failure = Some((Instant::now() + pause, failure.clone()));
                if good.is_some() {
                    tracing::warn!(error = %failure, "credentials could not be renewed; using the old ones");
                }
                good.ok_or(failure)
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
        self.left(credentials) < RENEW_BEFORE_EXPIRY
    }

    /// Credentials that may be due but are not over: a source that is briefly away is no reason to stop.
    fn still_good(&self, cached: &Cached) -> Option<Credentials> {
        let credentials = cached.credentials.as_ref()?;
        (self.left(credentials) > Duration::ZERO).then(|| credentials.clone())
    }

    /// How long they are good for.
    fn left(&self, credentials: &Credentials) -> Duration {
        credentials.expiry().map_or(Duration::MAX, |expiry| {
            expiry.duration_since(self.time.now()).unwrap_or_default()
        })
    }

    async fn obtain_early(&self) -> Result<Credentials, AwsError> {
        let renewal = tokio::time::timeout(EARLY_RENEWAL, self.obtain());
        renewal.await.unwrap_or_else(|_| {
            Err(failed_to_load(
                ErrorKind::Timeout,
                format!("no new credentials within {} s", EARLY_RENEWAL.as_secs()),
            ))
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
        // Its own words ("an error occurred while loading credentials") say no more than ours.
        other => chain(std::error::Error::source(other).unwrap_or(other))
            .trim_end()
            .to_owned(),
    };
    failed_to_load(ErrorKind::Credentials, message)
}

fn failed_to_load(kind: ErrorKind, message: String) -> AwsError {
    AwsError {
        kind,
        service: "sts".to_owned(),
        operation: "LoadCredentials".to_owned(),
        region: NO_REGION.to_owned(),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use aws_credential_types::provider::{ProvideCredentials, future};
    use aws_smithy_async::time::TimeSource;

    use super::*;

    /// Wall-clock time that goes with tokio's paused clock.
    #[derive(Debug)]
    struct Paused(Instant);

    impl TimeSource for Paused {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + self.0.elapsed()
        }
    }

    /// Gives credentials for four minutes, once, and then never answers again.
    #[derive(Debug, Default)]
    struct Stuck(Arc<AtomicUsize>);

    impl ProvideCredentials for Stuck {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let is_first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
            future::ProvideCredentials::new(async move {
                if !is_first {
                    std::future::pending::<()>().await;
                }
                let expiry = SystemTime::UNIX_EPOCH + Duration::from_mins(4);
                Ok(Credentials::new("FIRST", "s", None, Some(expiry), "test"))
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_renewal_holds_calls_up_once_in_a_while_and_not_for_long() {
        let start = Instant::now();
        let asked = Arc::<AtomicUsize>::default();
        let provider = SharedCredentialsProvider::new(Stuck(asked.clone()));
        let identities = Identities::of_provider(provider, SharedTimeSource::new(Paused(start)));
        for _ in 0..100 {
            assert_eq!(identities.get().await.unwrap().access_key_id(), "FIRST");
        }
        assert_eq!(start.elapsed().as_secs(), 20, "one attempt, cut short");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(Duration::from_secs(31)).await;
        identities.get().await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 3, "tried again after the pause");

        tokio::time::advance(Duration::from_mins(4)).await;
        let last = tokio::time::timeout(Duration::from_mins(1), identities.get()).await;
        assert!(last.is_err(), "over: now the renewal is waited for");
    }
}
