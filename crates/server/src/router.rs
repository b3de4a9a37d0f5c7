//! The composition of the server: parts in, router out.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use security_monkey_engine::Engine;
use security_monkey_model::Clock;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::catalogue::Catalogue;
use crate::openapi;
use crate::operations;
use crate::password::{HashError, PasswordHasher};
use crate::problem::{Code, Problem};
use crate::randomness::Randomness;
use crate::settings::ServerSettings;
use crate::state::{ServerState, Shared};
use crate::throttle::Throttle;
use crate::{frame, ui};

/// What the server is composed of.
#[derive(Debug)]
pub struct ServerParts {
    /// What it changes through, and whose store it reads.
    pub engine: Engine,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Tokens, passwords, request ids.
    pub randomness: Arc<dyn Randomness>,
    /// What the operator set.
    pub settings: ServerSettings,
    /// Cancelled when the process shall end: long polls answer at once.
    pub shutdown: CancellationToken,
}

/// The server could not be composed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No randomness, or hashing parameters that argon2 refuses.
    #[error("cannot prepare password hashing: {0}")]
    Hashing(#[from] HashError),
    /// The OpenAPI document could not be written: a defect of ours.
    #[error("cannot write the OpenAPI document: {0}")]
    Openapi(#[from] serde_json::Error),
}

/// The whole server as a router, without a socket.
pub fn router(parts: ServerParts) -> Result<Router, StartError> {
    let largest_body_bytes = parts.settings.largest_body_bytes;
    let state = ServerState::new(Shared {
        passwords: PasswordHasher::new(Arc::clone(&parts.randomness), parts.settings.hashing_cost)?,
        throttle: Throttle::default(),
        openapi: openapi::document()?.into(),
        catalogue: Catalogue::of(&parts.engine),
        verifying: Semaphore::new(1),
        waiting: Semaphore::new(256),
        store: parts.engine.store().clone(),
        engine: parts.engine,
        clock: parts.clock,
        randomness: parts.randomness,
        settings: parts.settings,
        shutdown: parts.shutdown,
    });
    let router = operations::all().fold(Router::new(), |router, operation| operation.route(router, &state));
    Ok(router
        .fallback(ui::serve)
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "the path exists, but not with this method")
        })
        .layer(DefaultBodyLimit::max(largest_body_bytes))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            axum::response::IntoResponse::into_response(Problem::internal(&"a handler panicked"))
        }))
        .layer(axum::middleware::from_fn_with_state(state.clone(), frame::around))
        .with_state(state))
}

/// Serves until `shutdown` is cancelled, then finishes the requests that are being answered, for as long as `grace`: a client that
/// sends half a request must not keep the process.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    grace: Duration,
) -> std::io::Result<()> {
    let until = shutdown.clone();
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { until.cancelled().await });
    tokio::select! {
        served = serving.into_future() => served,
        () = async { shutdown.cancelled().await; tokio::time::sleep(grace).await } => {
            tracing::warn!(seconds = grace.as_secs(), "connections that did not end were cut");
            Ok(())
        }
    }
}
