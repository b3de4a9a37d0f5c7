//! Calls in the name of one account: the live [`Api`].

use std::fmt;
use std::sync::{Arc, PoisonError};

use futures::future::{BoxFuture, FutureExt as _};
use serde_json::Value;

use aws_smithy_runtime_api::client::dns::ResolveDns as _;

use crate::api::{Api, Call, Response};
use crate::error::{AwsError, ErrorKind, is_expired, is_opt_in, kind_of};
use crate::identity::SharedIdentities;
use crate::limit::LimitKey;
use crate::models::{Operation, Service};
use crate::session::{NoPlace, Place, Shared};
use crate::transport::{Exchange, NoAnswer, Outgoing};
use crate::wire::{RawResponse, S3Addressing, build_request, decode, decode_error};

/// Bodies from this size on are decoded on a thread for blocking work: 10 MB of XML takes 0.17 s.
const DECODE_ELSEWHERE: usize = 256 * 1024;

/// A client of one account. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    account: Arc<str>,
    identities: SharedIdentities,
}

/// Who we are, by STS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account's 12 digits.
    pub account: Arc<str>,
    /// ARN of the user, role session or root.
    pub arn: String,
    /// Its stable id.
    pub user_id: String,
}

impl Client {
    pub(crate) fn new(shared: Arc<Shared>, account: Arc<str>, identities: SharedIdentities) -> Self {
        Self {
            shared,
            account,
            identities,
        }
    }

    /// The same client, said to act in this account.
    #[must_use]
    pub fn labelled(mut self, account: Arc<str>) -> Self {
        self.account = account;
        self
    }

    /// The account's 12 digits, or `unknown`.
    pub fn account(&self) -> &Arc<str> {
        &self.account
    }

    /// Asks STS who we are. Proves the credentials, and needs no permission.
    pub async fn caller_identity(&self) -> Result<CallerIdentity, AwsError> {
        let region = self.shared.region();
        let answer = self.answer(region, Call::new("sts", "GetCallerIdentity")).await?;
        let text = |name: &str| answer.value.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("Account"), text("Arn"), text("UserId")) {
            (Some(account), Some(arn), Some(user_id)) => Ok(CallerIdentity {
                account: account.into(),
                arn,
                user_id,
            }),
            _ => Err(failure(
                ErrorKind::Malformed,
                &Call::new("sts", "GetCallerIdentity"),
                region,
                "the answer names no caller".to_owned(),
            )),
        }
    }

    pub(crate) async fn answer(&self, region: &str, call: Call<'_>) -> Result<Response, AwsError> {
        let exchange = self.exchange(region, &call).await?;
        let answer = interpret(&call, region, exchange, self.identities.is_proven()).await?;
        self.learn_bucket_regions(&call, &answer.value);
        Ok(answer)
    }

    /// AWS's final answer, good or bad, after retries, redirects and a renewal of expired credentials.
    pub(crate) async fn exchange(&self, region: &str, call: &Call<'_>) -> Result<Exchange, AwsError> {
        let (service, operation) = lookup(call, region)?;
        let bucket = bucket(service, call);
        let mut region = bucket
            .as_ref()
            .and_then(|bucket| self.bucket_region(bucket))
            .unwrap_or_else(|| region.to_owned());
        let mut is_redirected = false;
        let mut is_renewed = false;
        let mut attempts = 0;
        loop {
            if self.shared.is_missing(&service.name, &region) {
                return Err(not_available(call, &region));
            }
            let place = self.shared.place(service, operation, &region).map_err(|error| {
                let kind = match error {
                    NoPlace::Missing(_) => ErrorKind::NotAvailableInRegion,
                    NoPlace::Bad(_) => ErrorKind::Transport,
                };
                failure(kind, call, &region, error.to_string())
            })?;
            let addressing = if place.is_overridden {
                S3Addressing::Path
            } else {
                S3Addressing::VirtualHost
            };
            let mut parts = build_request(service, operation, &call.params, addressing)
                .map_err(|error| failure(ErrorKind::BadParams, call, &region, error.to_string()))?;
            if place.is_overridden {
                // A prefix would make a name that whoever set the override does not serve.
                parts.host_prefix = None;
            }
            let credentials = if operation.is_unsigned {
                None
            } else {
                Some(self.identities.get().await?)
            };
            let outgoing = Outgoing {
                service,
                operation: &operation.name,
                endpoint: &place.endpoint,
                parts,
                credentials: credentials.clone(),
            };
            let mut exchange = self.send(outgoing, &place, call, &region).await?;
            attempts += exchange.attempts;
            exchange.attempts = attempts;
            if exchange.raw.status < 300 {
                self.identities.prove();
                return Ok(exchange);
            }
            if let Some(bucket) = &bucket
                && !is_redirected
                && let Some(elsewhere) = elsewhere(&exchange.raw, &place.endpoint.signing_region)
            {
                is_redirected = true;
                self.remember_bucket(bucket.clone(), elsewhere.clone());
                region = elsewhere;
                continue;
            }
            if let Some(credentials) = credentials
                && !is_renewed
                && is_expired(&decode_error(service, &exchange.raw).code)
            {
                is_renewed = true;
                self.identities.forget(&credentials).await;
                if self.identities.get().await?.access_key_id() != credentials.access_key_id() {
                    continue;
                }
            }
            return Ok(exchange);
        }
    }

    async fn send(
        &self,
        outgoing: Outgoing<'_>,
        place: &Place,
        call: &Call<'_>,
        region: &str,
    ) -> Result<Exchange, AwsError> {
        let key = LimitKey {
            account: self.account.clone(),
            region: place.endpoint.signing_region.clone(),
            service: outgoing.service.name.clone(),
        };
        let permit = self.shared.limiter.gate(key).acquire().await;
        let socket = self.shared.connections.acquire().await;
        let result = self.shared.transport.send(outgoing, permit).await;
        drop(socket);
        match result {
            Ok(exchange) => Ok(exchange),
            Err(NoAnswer::Timeout(text)) => Err(failure(ErrorKind::Timeout, call, region, text)),
            Err(NoAnswer::Transport(text)) => Err(failure(ErrorKind::Transport, call, region, text)),
            Err(NoAnswer::Request(text)) => Err(failure(ErrorKind::BadParams, call, region, text)),
            Err(NoAnswer::NoSuchHost(text)) => {
                // A name server that denies everything must not make an account look empty: only when it knows the
                // region's STS, which exists wherever anything does, is the service not there.
                if !place.is_overridden && self.knows_region(region).await {
                    self.shared.remember_missing(call.service, region);
                    return Err(not_available(call, region));
                }
                Err(failure(ErrorKind::Transport, call, region, text))
            }
        }
    }

    async fn knows_region(&self, region: &str) -> bool {
        let Ok(sts) = self.shared.models.service("sts") else {
            return false;
        };
        let Some(identity) = sts.operation("GetCallerIdentity") else {
            return false;
        };
        let Ok(place) = self.shared.place(sts, identity, region) else {
            return false;
        };
        let host = place
            .endpoint
            .url
            .trim_start_matches("https://")
            .trim_end_matches('/')
            .to_owned();
        self.shared
            .transport
            .http
            .resolver
            .resolve_dns(&host)
            .await
            .is_ok_and(|found| !found.is_empty())
    }

    fn bucket_region(&self, bucket: &str) -> Option<String> {
        self.shared
            .bucket_regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(bucket)
            .cloned()
    }

    fn remember_bucket(&self, bucket: String, region: String) {
        self.shared
            .bucket_regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(bucket, region);
    }

    /// S3's list says where the buckets are (since 2024): asking there at once saves a redirect for each.
    fn learn_bucket_regions(&self, call: &Call<'_>, answer: &Value) {
        if (call.service, call.operation) != ("s3", "ListBuckets") {
            return;
        }
        for bucket in answer.get("Buckets").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| bucket.get(name).and_then(Value::as_str);
            if let (Some(name), Some(region)) = (text("Name"), text("BucketRegion")) {
                self.remember_bucket(name.to_owned(), region.to_owned());
            }
        }
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.identities.is_proven()
    }
}

impl Api for Client {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        self.answer(region, call).boxed()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// Decodes an answer, or says what the refusal means. `is_proven`: the credentials have worked elsewhere.
pub(crate) async fn interpret(
    call: &Call<'_>,
    region: &str,
    exchange: Exchange,
    is_proven: bool,
) -> Result<Response, AwsError> {
    let (service, operation) = lookup(call, region)?;
    let Exchange { raw, attempts } = exchange;
    if raw.status >= 300 {
        let error = decode_error(service, &raw);
        return Err(AwsError {
            kind: kind_of(&error.code, raw.status, is_proven && is_opt_in(region)),
            service: service.name.clone(),
            operation: operation.name.clone(),
            region: region.to_owned(),
            code: Some(error.code),
            message: error.message,
            request_id: error.request_id,
        });
    }
    let decoded = if raw.body.len() < DECODE_ELSEWHERE {
        decode(service, operation, &raw)
    } else {
        match tokio::task::spawn_blocking(move || decode(service, operation, &raw)).await {
            Ok(decoded) => decoded,
            Err(error) => {
                return Err(failure(
                    ErrorKind::Malformed,
                    call,
                    region,
                    format!("decoder stopped: {error}"),
                ));
            }
        }
    };
    match decoded {
        Ok(decoded) => Ok(Response {
            value: decoded.value,
            unknown: decoded.unknown,
            request_id: decoded.request_id,
            attempts,
        }),
        Err(error) => Err(failure(ErrorKind::Malformed, call, region, error.to_string())),
    }
}

fn lookup(call: &Call<'_>, region: &str) -> Result<(&'static Service, &'static Operation), AwsError> {
    let models = crate::models::Models::embedded();
    let service = models
        .service(call.service)
        .map_err(|error| failure(ErrorKind::BadParams, call, region, error.to_string()))?;
    let operation = service.operation(call.operation).ok_or_else(|| {
        let nearest = service.suggest_operation(call.operation);
        let hint = nearest
            .map(|nearest| format!("; did you mean {nearest}?"))
            .unwrap_or_default();
        let message = format!(
            "{} has no operation {}, or it is not allowed{hint}",
            call.service, call.operation
        );
        failure(ErrorKind::BadParams, call, region, message)
    })?;
    Ok((service, operation))
}

/// The bucket of a call to S3.
fn bucket(service: &Service, call: &Call<'_>) -> Option<String> {
    if service.name != "s3" {
        return None;
    }
    call.params.get("Bucket").and_then(Value::as_str).map(str::to_owned)
}

/// Where S3 says the bucket is, if not where we asked.
fn elsewhere(raw: &RawResponse, asked: &str) -> Option<String> {
    let region = raw.header("x-amz-bucket-region")?;
    (region != asked).then(|| region.to_owned())
}

fn not_available(call: &Call<'_>, region: &str) -> AwsError {
    failure(
        ErrorKind::NotAvailableInRegion,
        call,
        region,
        format!("{} has no host in {region}", call.service),
    )
}

pub(crate) fn failure(kind: ErrorKind, call: &Call<'_>, region: &str, message: String) -> AwsError {
    AwsError {
        kind,
        service: call.service.to_owned(),
        operation: call.operation.to_owned(),
        region: region.to_owned(),
        code: None,
        message,
        request_id: None,
    }
}
