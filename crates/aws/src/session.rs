//! The way into AWS: one pool, one clock-skew memory, one set of limits, and the credentials of each account.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::client::Client;
use crate::endpoint::{Endpoint, EndpointVariant, NoEndpoint, resolve};
use crate::http::{HttpClients, chain};
use crate::identity::{Hop, Identities, SharedIdentities};
use crate::limit::Limiter;
use crate::models::{Models, Operation, Service};
use crate::options::{Options, SessionError};
use crate::profile;
use crate::transport::Transport;

/// A role to be assumed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Role {
    /// `arn:aws:iam::123456789012:role/SecurityMonkey`
    pub arn: String,
    /// The secret that a third party's trust policy asks for.
    pub external_id: Option<String>,
    /// Shown in the account's CloudTrail; 2-64 of `[A-Za-z0-9_+=,.@-]`.
    pub session_name: String,
    /// A policy, JSON, that narrows what the session may do.
    pub session_policy: Option<String>,
    /// How long the credentials live; by default AWS's one hour, which is also the most in a chain.
    pub duration: Option<Duration>,
}

impl Role {
    /// A role without external id, session policy or duration.
    pub fn new(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            external_id: None,
            session_name: "security-monkey".to_owned(),
            session_policy: None,
            duration: None,
        }
    }
}

/// In whose name calls are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The account's 12 digits; by default those in the last role's ARN, else `unknown`.
    pub account: Option<Arc<str>>,
    /// Roles, assumed one with the other; none: the session's own credentials.
    pub roles: Vec<Role>,
}

/// Everything that all accounts share. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    pub(crate) shared: Arc<Shared>,
}

/// What clients of all accounts share.
pub(crate) struct Shared {
    pub(crate) models: &'static Models,
    pub(crate) transport: Transport,
    pub(crate) limiter: Limiter,
    /// Bounds open sockets of the process.
    pub(crate) connections: Semaphore,
    /// Where buckets are, as S3 told us.
    pub(crate) bucket_regions: Mutex<HashMap<String, String>>,
    /// (service, region) without a host, and until when we believe it.
    missing: Mutex<HashMap<(String, String), Instant>>,
    region: String,
    variant: EndpointVariant,
    overrides: Overrides,
    own: SharedIdentities,
    /// By chain of roles, so that accounts behind one hub role share its session.
    assumed: Mutex<HashMap<Vec<Role>, SharedIdentities>>,
    time: aws_smithy_async::time::SharedTimeSource,
}

/// How long a service is believed to be missing in a region.
const REMEMBER_MISSING: Duration = Duration::from_hours(1);

impl Session {
    /// Reads environment and profile. Does not ask for credentials yet: the first call does.
    pub async fn load(options: Options) -> Result<Self, SessionError> {
        let http = HttpClients::new(&options)?;
        let mut environment = options.environment.clone();
        // Set to nothing is not set, as nearly everything reads them.
        environment.retain(|name, value| {
            !value.is_empty() || !(REGION_VARIABLES.contains(&&**name) || name.starts_with("AWS_ENDPOINT_URL"))
        });
        if let Some(profile) = &options.profile {
            // So that region, endpoints and credentials all come from it.
            environment.insert("AWS_PROFILE".to_owned(), profile.clone());
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from(environment.clone()))
            .http_client(http.https.clone())
            .time_source(options.time.clone())
            .retry_config(RetryConfig::standard());
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = loader.load().await;
        let region = config
            .region()
            .map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        if !is_region_name(&region) {
            let variable = REGION_VARIABLES
                .into_iter()
                .find(|name| environment.contains_key(*name));
            let named_by = match variable {
                _ if options.region.is_some() => "the region that was asked for".to_owned(),
                Some(variable) => variable.to_owned(),
                None => "the profile's region".to_owned(),
            };
            return Err(SessionError::Region { named_by, region });
        }
        let overrides = Overrides {
            config: config.clone(),
            known: Mutex::default(),
        };
        // Who we are is always asked.
        overrides.look_up("STS").map_err(|bad| bad.named_in(&environment))?;
        let provider = config.credentials_provider().unwrap_or_else(|| {
            SharedCredentialsProvider::new(provide_credentials_fn(|| async {
                Err(CredentialsError::not_loaded("no credentials provider"))
            }))
        });
        let provider = explaining(provider, environment);
        Ok(Self {
            shared: Arc::new(Shared {
                models: Models::embedded(),
                transport: Transport::new(http, options.retries, options.timeouts, options.time.clone()),
                limiter: Limiter::new(options.limits),
                connections: Semaphore::new(options.connections.max(1)),
                bucket_regions: Mutex::default(),
                missing: Mutex::default(),
                region,
                variant: if config.use_fips() == Some(true) {
                    EndpointVariant::Fips
                } else {
                    EndpointVariant::Standard
                },
                overrides,
                own: Arc::new(Identities::of_provider(provider, options.time.clone())),
                assumed: Mutex::default(),
                time: options.time,
            }),
        })
    }

    /// The home region.
    pub fn region(&self) -> &str {
        &self.shared.region
    }

    /// The API table in use.
    pub fn models(&self) -> &'static Models {
        self.shared.models
    }

    /// A client with the session's own credentials.
    pub fn own(&self) -> Client {
        Client::new(self.shared.clone(), Arc::from("unknown"), self.shared.own.clone())
    }

    /// A client in the name of an account. Roles are assumed when the first call needs them, and shared between clients.
    pub fn account(&self, target: &Target) -> Result<Client, SessionError> {
        let mut account: Arc<str> = Arc::from("unknown");
        let mut client = Client::new(self.shared.clone(), account.clone(), self.shared.own.clone());
        for (index, role) in target.roles.iter().enumerate() {
            let (partition, number) = role_arn(&role.arn)?;
            account = Arc::from(number);
            let identities = {
                let mut assumed = self.shared.assumed.lock().unwrap_or_else(PoisonError::into_inner);
                assumed
                    .entry(target.roles[..=index].to_vec())
                    .or_insert_with(|| {
                        let hop = Hop {
                            from: client.clone(),
                            role: role.clone(),
                            region: self.sts_region(partition),
                            position: format!("{} of {}", index + 1, target.roles.len()),
                        };
                        Arc::new(Identities::of_role(hop, self.shared.time.clone()))
                    })
                    .clone()
            };
            client = Client::new(self.shared.clone(), account.clone(), identities);
        }
        Ok(match &target.account {
            Some(account) => client.labelled(account.clone()),
            None => client,
        })
    }

    /// A regional endpoint of STS: its tokens are valid in opt-in regions too, those of the global one are not.
    fn sts_region(&self, partition: &str) -> String {
        if self.shared.models.partition_of(&self.shared.region).name == partition {
            return self.shared.region.clone();
        }
        self.shared
            .models
            .partitions()
            .iter()
            .find(|known| known.name == partition)
            .map_or_else(|| self.shared.region.clone(), |known| known.global_region.clone())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("region", &self.shared.region)
            .finish_non_exhaustive()
    }
}

/// The same credentials; why there are none is said with what is wrong with the profile. A profile that somebody named and that is not
/// there is an error before anything is asked: the chain would go on to a container's or an instance's role, which may be of another account.
fn explaining(provider: SharedCredentialsProvider, environment: HashMap<String, String>) -> SharedCredentialsProvider {
    let environment = Arc::new(environment);
    SharedCredentialsProvider::new(provide_credentials_fn(move || {
        let provider = provider.clone();
        let environment = environment.clone();
        async move {
            if let Some(complaint) = profile::unheeded(&environment).await {
                return Err(CredentialsError::invalid_configuration(complaint));
            }
            let error = match provider.provide_credentials().await {
                Err(
                    error @ (CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_)),
                ) => error,
                Err(error) => {
                    let cause = chain(std::error::Error::source(&error).unwrap_or(&error));
                    let sign_in = profile::sign_in(&environment).await;
                    return Err(sign_in.map_or(error, |what| {
                        CredentialsError::provider_error(format!("{cause}; {what}"))
                    }));
                }
                provided => return provided,
            };
            match profile::complaint(&environment).await {
                Some(complaint) => Err(CredentialsError::invalid_configuration(complaint)),
                None => Err(error),
            }
        }
    }))
}

/// Partition and account of a role's ARN.
fn role_arn(arn: &str) -> Result<(&str, &str), SessionError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource]
            if account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok((partition, account))
        }
        _ => Err(SessionError::RoleArn { arn: arn.to_owned() }),
    }
}

/// A service's host in a region, and whether somebody named it instead of AWS.
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    pub(crate) is_overridden: bool,
}

impl Shared {
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Where to send a call.
    pub(crate) fn place(&self, service: &Service, operation: &Operation, region: &str) -> Result<Place, NoPlace> {
        let resolved = resolve(self.models, service, operation, region, self.variant);
        match self.overrides.of(service)? {
            Some(url) => {
                let mut endpoint = resolved.unwrap_or_else(|_| Endpoint {
                    url: String::new(),
                    signing_region: region.to_owned(),
                    signing_name: service.signing_name.clone(),
                });
                endpoint.url = url;
                Ok(Place {
                    endpoint,
                    is_overridden: true,
                })
            }
            None => Ok(Place {
                endpoint: resolved?,
                is_overridden: false,
            }),
        }
    }

    pub(crate) fn is_missing(&self, service: &str, region: &str) -> bool {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing
            .get(&(service.to_owned(), region.to_owned()))
            .is_some_and(|until| Instant::now() < *until)
    }

    pub(crate) fn remember_missing(&self, service: &str, region: &str) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.insert(
            (service.to_owned(), region.to_owned()),
            Instant::now() + REMEMBER_MISSING,
        );
    }
}

/// Endpoints that environment or profile name: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `[services]`
/// and its `endpoint_url`, in this order as in all AWS SDKs, and none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`.
struct Overrides {
    config: SdkConfig,
    known: Mutex<HashMap<String, Result<Option<String>, BadEndpoint>>>,
}

impl Overrides {
    fn of(&self, service: &Service) -> Result<Option<String>, BadEndpoint> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(service.name.clone())
            .or_insert_with(|| self.look_up(&service.service_id))
            .clone()
    }

    fn look_up(&self, service_id: &str) -> Result<Option<String>, BadEndpoint> {
        let key = ServiceConfigKey::builder()
            .service_id(service_id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build();
        let Some(url) = key.ok().and_then(|key| self.config.service_config()?.load_config(key)) else {
            return Ok(None);
        };
        if is_address(&url) {
            Ok(Some(url))
        } else {
            Err(BadEndpoint {
                service_id: service_id.to_owned(),
                url: without_user(&url),
            })
        }
    }
}

/// An endpoint that environment or profile name and that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the endpoint configured for {service_id} is '{url}', which is no address; hint: write it like https://host:port, or take it away"
)]
pub(crate) struct BadEndpoint {
    service_id: String,
    /// Without user and password.
    url: String,
}

impl BadEndpoint {
    /// With the variable that names it, if it is one.
    fn named_in(self, environment: &HashMap<String, String>) -> SessionError {
        let own = format!(
            "AWS_ENDPOINT_URL_{}",
            self.service_id.to_ascii_uppercase().replace(' ', "_")
        );
        let variable = [own, "AWS_ENDPOINT_URL".to_owned()]
            .into_iter()
            .find(|name| environment.contains_key(name));
        SessionError::Endpoint {
            named_by: variable.unwrap_or_else(|| "the profile's endpoint_url".to_owned()),
            url: self.url,
        }
    }
}

/// Why a call goes nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPlace {
    /// AWS has none.
    #[error(transparent)]
    Missing(#[from] NoEndpoint),
    /// The one that somebody named is none.
    #[error(transparent)]
    Bad(#[from] BadEndpoint),
}

/// Where a region may be named, the first that is set counts.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// It becomes part of a host's name.
fn is_region_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 63 && name.bytes().all(is_part) && name.contains(|letter: char| letter != '-')
}

fn is_address(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        let is_web = uri
            .scheme_str()
            .is_some_and(|scheme| ["http", "https"].contains(&scheme));
        is_web && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// A user and password before the host are not for messages.
fn without_user(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}…{}", &rest[at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_anything_else_and_said_without_its_password() {
        for good in [
            "http://127.0.0.1:4566",
            "HTTPS://aws.example.com/way",
            "https://user:secret@host",
            "http://[::1]:80",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "rubbish",
            "localhost:4566",
            "ftp://host",
            "https://",
            "http://a b",
            "//host",
            "https:host",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert_eq!(without_user("htp://user:secret@host/a@b"), "htp://…@host/a@b");
        assert_eq!(without_user("user:secret@host"), "…@host");
        assert_eq!(without_user("https:/host/a@b"), "https:/host/a@b");
    }

    #[test]
    fn a_region_is_told_from_anything_else() {
        for good in ["eu-west-1", "us-iso-east-1", "local"] {
            assert!(is_region_name(good), "{good}");
        }
        for bad in ["EU WEST", "eu_west_1", "EU-WEST-1", "-", "eu-west-1 ", "eu.west"] {
            assert!(!is_region_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_role_is_told_from_anything_else() {
        assert_eq!(
            role_arn("arn:aws:iam::123456789012:role/a/path/Name"),
            Ok(("aws", "123456789012"))
        );
        assert_eq!(
            role_arn("arn:aws-cn:iam::123456789012:role/Name"),
            Ok(("aws-cn", "123456789012"))
        );
        for wrong in [
            "",
            "Name",
            "arn:aws:iam::123456789012:user/Name",
            "arn:aws:iam::12345678901:role/Name",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:sts::123456789012:assumed-role/Name/session",
        ] {
            assert!(role_arn(wrong).is_err(), "{wrong}");
        }
    }
}
