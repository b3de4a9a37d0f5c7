//! The seam between the AWS world and everything above it: one call in, one decoded answer out.
//!
//! Owns the words [`Scope`], [`Call`], [`Response`] and the trait [`Api`]. It deliberately does not know how a call is
//! signed, sent, retried or recorded: see [`crate::Client`] (live), [`crate::Recorder`] and [`crate::Replayer`].

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use crate::error::AwsError;

/// Where a resource lives: an account and a region. The partition follows from the region.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The account's 12 digits, or `unknown` before `GetCallerIdentity` has told us.
    pub account: Arc<str>,
    /// AWS's name of the region, `eu-west-1`. Global services use the partition's global region.
    pub region: Arc<str>,
}

/// One operation to be called.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'a> {
    /// botocore's name of the service: `ec2`, `elbv2`, `route53`.
    pub service: &'a str,
    /// AWS's name of the operation: `DescribeInstances`.
    pub operation: &'a str,
    /// Its parameters by their modelled names; an object, or null for none.
    pub params: Value,
}

impl<'a> Call<'a> {
    /// A call without parameters.
    pub fn new(service: &'a str, operation: &'a str) -> Self {
        Self {
            service,
            operation,
            params: Value::Null,
        }
    }

    /// The same call with these parameters.
    #[must_use]
    pub fn with(mut self, params: Value) -> Self {
        self.params = params;
        self
    }
}

/// A decoded answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// The answer by its modelled member names. Timestamps are RFC 3339 UTC, blobs base64, nulls absent.
    pub value: Value,
    /// Paths of members that AWS sent and our API table does not know (`/Vpcs[]/NewFlag`), each once. Their values are
    /// kept in `value`.
    pub unknown: Vec<String>,
    /// AWS's request id, to be quoted to its support.
    pub request_id: Option<String>,
    /// How often the request was sent: 1 when it succeeded at once.
    pub attempts: u32,
}

/// Answers calls in the name of one account.
///
/// Implemented by the live client, the recorder and the replayer; a test may implement it over a map.
/// To implement it: never panic, never sleep without bound, return every failure as an [`AwsError`] with the kind a caller
/// can branch on, and let the returned future be dropped at any time (the caller may cancel).
pub trait Api: Send + Sync {
    /// Makes `call` in `region` and decodes the answer. One page only: see [`crate::pages`].
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>>;
}

impl<T: Api + ?Sized> Api for Arc<T> {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        (**self).call(region, call)
    }
}

impl<T: Api + ?Sized> Api for &T {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        (**self).call(region, call)
    }
}
