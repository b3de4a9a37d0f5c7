//! An operation of the API: method, path, access and handler, declared in one place beside the handler.
//!
//! From this one declaration come the route with its guard, the entry in `openapi/v1.json` (`security`, `x-access`) and
//! the test that calls every operation as every role. A handler cannot be reached without its guard: the only way into
//! the router is [`Operation::route`].
//!
//! To add an endpoint: make `operations/<noun>/<verb>.rs` with a doc comment, an `operation!(…)` line, the wire types and
//! `async fn handle`; add its module to the list in `operations.rs`; run `make generate`; write its tests.

use axum::Router;
use axum::routing::{MethodFilter, MethodRouter};
use security_monkey_model::Role;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{RefOr, Schema};

use crate::guard;
use crate::state::ServerState;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// A user with at least this role, by session cookie or API token.
    Role(Role),
    /// The same, but only by session cookie: an API token must not be able to make tokens or change the password.
    Session(Role),
}

impl Access {
    /// The role that is needed at least; none: public.
    pub const fn least_role(self) -> Option<Role> {
        match self {
            Self::Public => None,
            Self::Role(role) | Self::Session(role) => Some(role),
        }
    }

    /// The text in `openapi/v1.json`'s `x-access`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Role(role) | Self::Session(role) => role.as_str(),
        }
    }
}

/// How long an operation may take before the caller gets a 503 problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// The setting `request_timeout`: nearly everything.
    Ordinary,
    /// No limit from us: long polls and whole-database checks, which bound themselves.
    Unlimited,
}

/// One operation of the API.
pub struct Operation {
    /// Who may call it.
    pub access: Access,
    /// How long it may take.
    pub patience: Patience,
    pub(crate) path: fn() -> String,
    pub(crate) methods: fn() -> Vec<HttpMethod>,
    pub(crate) describe: fn() -> utoipa::openapi::path::Operation,
    pub(crate) schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    pub(crate) handler: fn(MethodFilter) -> MethodRouter<ServerState>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method(), self.path(), self.access.as_str())
    }
}

impl Operation {
    /// The path with its parameters in braces: `/api/v1/findings/{finding}`.
    pub fn path(&self) -> String {
        (self.path)()
    }

    /// The method.
    pub fn method(&self) -> axum::http::Method {
        match self.http_method() {
            HttpMethod::Get => axum::http::Method::GET,
            HttpMethod::Post => axum::http::Method::POST,
            HttpMethod::Put => axum::http::Method::PUT,
            HttpMethod::Delete => axum::http::Method::DELETE,
            HttpMethod::Patch => axum::http::Method::PATCH,
            HttpMethod::Options => axum::http::Method::OPTIONS,
            HttpMethod::Head => axum::http::Method::HEAD,
            HttpMethod::Trace => axum::http::Method::TRACE,
        }
    }

    /// Whether it changes anything: then the CSRF token and the origin are checked. GET never mutates.
    pub fn is_mutating(&self) -> bool {
        !self.method().is_safe()
    }

    /// The operation's name in `openapi/v1.json`: `listFindings`.
    pub fn id(&self) -> String {
        (self.describe)().operation_id.unwrap_or_default()
    }

    pub(crate) fn http_method(&self) -> HttpMethod {
        // `utoipa::path` demands exactly one method at compile time.
        (self.methods)().into_iter().next().unwrap_or(HttpMethod::Get)
    }

    /// Adds the operation to a router, behind its guard.
    pub(crate) fn route(&self, router: Router<ServerState>, state: &ServerState) -> Router<ServerState> {
        let guard = guard::Guard {
            access: self.access,
            is_mutating: self.is_mutating(),
            patience: self.patience,
            state: state.clone(),
        };
        let filter = MethodFilter::try_from(self.method()).unwrap_or(MethodFilter::GET);
        router.route(
            &self.path(),
            (self.handler)(filter).layer(axum::middleware::from_fn_with_state(guard, guard::check)),
        )
    }
}

/// Declares the operation of this file: `operation!(Access::Role(Role::View));` beside an `async fn handle` that carries
/// `#[utoipa::path(…)]`.
macro_rules! operation {
    ($access:expr) => {
        operation!($access, $crate::operation::Patience::Ordinary);
    };
    ($access:expr, $patience:expr) => {
        pub(crate) const OPERATION: $crate::operation::Operation = $crate::operation::Operation {
            access: $access,
            patience: $patience,
            path: <__path_handle as utoipa::Path>::path,
            methods: <__path_handle as utoipa::Path>::methods,
            describe: <__path_handle as utoipa::Path>::operation,
            schemas: <__path_handle as utoipa::__dev::SchemaReferences>::schemas,
            handler: |filter| axum::routing::on(filter, handle),
        };
    };
}
pub(crate) use operation;
