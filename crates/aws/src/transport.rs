//! One signed request and its raw answer, with retries, clock-skew correction and timeouts.
//!
//! Stands on the official generic `Operation`. What was measured and is set by hand here:
//! - its retry token bucket is per process and service by default, and runs dry under long throttling: ours is unlimited,
//!   and attempts and the time of the call are bounded instead;
//! - a `StandardRetryStrategy` holds state of one call: the operation is built anew for each (part of the 0.5 ms a call costs);
//! - the clock-skew interceptor learns from answers: one per host, shared by all calls;
//! - no attempt timeout by default: set.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::identity::{Identity, IdentityFuture, ResolveIdentity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use bytes::Bytes;

use crate::endpoint::Endpoint;
use crate::error::is_throttle;
use crate::http::{HttpClients, chain, is_no_such_host};
use crate::limit::Permit;
use crate::models::Service;
use crate::options::{Retries, Timeouts};
use crate::wire::{HttpParts, RawResponse, decode_error};

const USER_AGENT: &str = concat!("security-monkey/", env!("CARGO_PKG_VERSION"));

/// Sends requests. One per session.
pub(crate) struct Transport {
    pub(crate) http: HttpClients,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
    time: SharedTimeSource,
    skews: Mutex<HashMap<String, SharedInterceptor>>,
}

/// AWS's answer, good or bad.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) raw: RawResponse,
    pub(crate) attempts: u32,
}

/// No answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Timeout(String),
    NoSuchHost(String),
    Transport(String),
    /// Could not be made into a request, or not signed.
    Request(String),
}

/// All that is needed to send one request.
pub(crate) struct Outgoing<'a> {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'a str,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) parts: HttpParts,
    /// `None` for the few operations that are not signed.
    pub(crate) credentials: Option<Credentials>,
}

/// An answer that is not a success, in the form in which the official retry classifiers read it.
#[derive(Debug)]
struct Refusal {
    meta: ErrorMetadata,
    raw: Box<RawResponse>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AWS answered {} {}",
            self.raw.status,
            self.meta.code().unwrap_or_default()
        )
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

impl Transport {
    pub(crate) fn new(http: HttpClients, retries: Retries, timeouts: Timeouts, time: SharedTimeSource) -> Self {
        Self {
            http,
            retries: RetryConfig::standard()
                .with_max_attempts(retries.max_attempts.max(1))
                .with_initial_backoff(retries.initial_backoff)
                .with_max_backoff(retries.max_backoff),
            timeouts: TimeoutConfig::builder()
                .connect_timeout(timeouts.connect)
                .operation_attempt_timeout(timeouts.attempt)
                .operation_timeout(timeouts.call)
                .build(),
            time,
            skews: Mutex::default(),
        }
    }

    /// Sends one request until AWS answers with something final. The permit learns of every throttled attempt.
    pub(crate) async fn send(&self, outgoing: Outgoing<'_>, permit: Permit) -> Result<Exchange, NoAnswer> {
        let Outgoing {
            service,
            operation,
            endpoint,
            parts,
            credentials,
        } = outgoing;
        let url = target(endpoint, &parts);
        let host = host(&url).to_owned();
        let attempts = Arc::new(AtomicU32::new(0));
        let permit = Arc::new(Mutex::new(permit));
        let learner = permit.clone();
        let (components, layer) = signing(service, endpoint, credentials);
        let client = self.http.for_url(&url).clone();
        let invocation = Operation::builder()
            .service_name(service.name.clone())
            .operation_name(operation.to_owned())
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .endpoint_url(origin(&url))
            .timeout_config(self.timeouts.clone())
            // The timeout of the attempt bounds the body too; a second clock over it would only add a second error.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .time_source(self.time.clone())
            .standard_retry(&self.retries)
            .retry_classifier(NoRetryOfMissingHosts(host.clone()))
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::new_from_codes(vec![429, 500, 502, 503, 504]))
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(ServiceClockSkewClassifier::<Refusal>::new())
            .interceptor(self.skew(&url))
            .interceptor(CountAttempts(attempts.clone()))
            .interceptor(InvocationIdInterceptor::new())
            .interceptor(RequestInfoInterceptor::new())
            .with_connection_poisoning()
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(layer.freeze())
                    .with_runtime_components(components),
            )
            .serializer(move |parts: HttpParts| request(&url, &parts))
            .deserializer(move |response| read(service, response, &learner))
            .build();
        let result = invocation.invoke(parts).await;
        let attempts = attempts.load(Ordering::Relaxed);
        let raw = match result {
            Ok(raw) => {
                permit.lock().unwrap_or_else(PoisonError::into_inner).succeeded();
                raw
            }
            Err(SdkError::ServiceError(error)) => *error.into_err().raw,
            Err(error) => return Err(no_answer(&error, &host)),
        };
        Ok(Exchange { raw, attempts })
    }

    /// The clock-skew interceptor of a host: what one call learns, the next one uses.
    fn skew(&self, url: &str) -> SharedInterceptor {
        let mut skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        skews
            .entry(origin(url).to_owned())
            .or_insert_with(|| SharedInterceptor::new(ServiceClockSkewInterceptor::new()))
            .clone()
    }
}

/// `https://host:port` of a URL.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

/// The host's name in a URL.
fn host(url: &str) -> &str {
    let authority = origin(url).rsplit('/').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
}

/// The whole URL: endpoint with its path, prefix of the host, path and query of the operation.
fn target(endpoint: &Endpoint, parts: &HttpParts) -> String {
    let base = endpoint.url.trim_end_matches('/');
    let mut url = String::with_capacity(base.len() + parts.path.len() + parts.query.len() + 80);
    match (&parts.host_prefix, base.split_once("://")) {
        (Some(prefix), Some((scheme, rest))) => {
            url.push_str(scheme);
            url.push_str("://");
            url.push_str(prefix);
            url.push_str(rest);
        }
        _ => url.push_str(base),
    }
    url.push_str(&parts.path);
    if !parts.query.is_empty() {
        url.push('?');
        url.push_str(&parts.query);
    }
    url
}

fn request(url: &str, parts: &HttpParts) -> Result<HttpRequest, BoxError> {
    let body = if parts.body.is_empty() {
        SdkBody::empty()
    } else {
        SdkBody::from(parts.body.clone())
    };
    let mut request = HttpRequest::new(body);
    request.set_method(&parts.method)?;
    // The orchestrator joins the endpoint's origin before this path.
    request.set_uri(url[origin(url).len()..].to_owned())?;
    let headers = request.headers_mut();
    for (name, value) in &parts.headers {
        headers.try_append(name.to_ascii_lowercase(), value.clone())?;
    }
    headers.try_insert("user-agent", USER_AGENT)?;
    if !parts.body.is_empty() {
        headers.try_insert("content-length", parts.body.len().to_string())?;
    }
    Ok(request)
}

fn raw(response: &HttpResponse) -> RawResponse {
    RawResponse {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: response.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default(),
    }
}

fn read(
    service: &Service,
    response: &HttpResponse,
    permit: &Mutex<Permit>,
) -> Result<RawResponse, OrchestratorError<Refusal>> {
    let raw = raw(response);
    if raw.status < 300 {
        return Ok(raw);
    }
    let error = decode_error(service, &raw);
    if is_throttle(&error.code, raw.status) {
        permit.lock().unwrap_or_else(PoisonError::into_inner).throttled();
    }
    let meta = ErrorMetadata::builder().code(error.code).message(error.message).build();
    let raw = Box::new(raw);
    Err(OrchestratorError::operation(Refusal { meta, raw }))
}

fn no_answer(error: &SdkError<Refusal, HttpResponse>, host: &str) -> NoAnswer {
    let text = chain(error);
    match error {
        SdkError::TimeoutError(_) => NoAnswer::Timeout(text),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => NoAnswer::Timeout(text),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(cause) if is_no_such_host(cause, host) => NoAnswer::NoSuchHost(text),
            _ => NoAnswer::Transport(text),
        },
        SdkError::ResponseError(_) => NoAnswer::Transport(format!("the answer broke off: {text}")),
        _ => NoAnswer::Request(text),
    }
}

/// What signs a request: scheme, identity, region and name.
fn signing(
    service: &Service,
    endpoint: &Endpoint,
    credentials: Option<Credentials>,
) -> (RuntimeComponentsBuilder, Layer) {
    use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
    use aws_smithy_runtime::client::identity::IdentityCache;
    use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;

    let mut layer = Layer::new("security-monkey");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(
        RetryPartition::custom(service.name.clone())
            .token_bucket(TokenBucket::unlimited())
            .build(),
    );
    // Our own cache keeps credentials, so that an expired one can be dropped: see `identity`.
    let components =
        RuntimeComponentsBuilder::new("security-monkey").with_identity_cache(Some(IdentityCache::no_cache()));
    let Some(credentials) = credentials else {
        let components = components
            .with_auth_scheme(SharedAuthScheme::new(NoAuthScheme::default()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
                StaticAuthSchemeOptionResolver::new(vec![NO_AUTH_SCHEME_ID]),
            )))
            .with_identity_resolver(
                NO_AUTH_SCHEME_ID,
                SharedIdentityResolver::new(NoAuthIdentityResolver::new()),
            );
        return (components, layer);
    };
    let mut config = SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(endpoint.signing_region.clone()))),
        name: Some(SigningName::from(endpoint.signing_name.clone())),
        ..SigV4OperationSigningConfig::default()
    };
    if matches!(
        service.signing_name.as_str(),
        "s3" | "s3-outposts" | "s3-object-lambda" | "s3express"
    ) {
        // Keys are signed as they are sent, and S3 wants the body's hash: options of the typed crate.
        config.signing_options.double_uri_encode = false;
        config.signing_options.normalize_uri_path = false;
        config.signing_options.content_sha256_header = true;
    }
    layer.store_put(config);
    let components = components
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_identity_resolver(
            SCHEME_ID,
            SharedIdentityResolver::new(Fixed(Identity::from(credentials))),
        );
    (components, layer)
}

/// These credentials and no others.
#[derive(Debug)]
struct Fixed(Identity);

impl ResolveIdentity for Fixed {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::ready(Ok(self.0.clone()))
    }
}

#[derive(Debug)]
struct CountAttempts(Arc<AtomicU32>);

#[dyn_dispatch_hint]
impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "CountAttempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A service without an endpoint in a region has no DNS name there: asking again is wasted. The name is that of the host asked.
#[derive(Debug)]
struct NoRetryOfMissingHosts(String);

impl ClassifyRetry for NoRetryOfMissingHosts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.output_or_error() {
            Some(Err(error))
                if error
                    .as_connector_error()
                    .is_some_and(|cause| is_no_such_host(cause, &self.0)) =>
            {
                RetryAction::RetryForbidden
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "NoRetryOfMissingHosts"
    }
}
