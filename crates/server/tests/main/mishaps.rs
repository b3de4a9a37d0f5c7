//! What goes wrong inside a handler is still an answer: a problem, with all that is around every answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use security_monkey_model::{Clock, Role, Timestamp};
use security_monkey_server::ServerParts;
use security_monkey_server::randomness::SystemRandomness;
use tower::ServiceExt as _;

use super::fixture::{START, Server, settings};

/// Breaks inside whichever handler asks for the time next.
#[derive(Debug, Default)]
struct BrokenClock {
    is_broken: AtomicBool,
}

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        assert!(
            !self.is_broken.load(Ordering::Relaxed),
            "the clock is broken, on purpose"
        );
        START
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_and_the_next_one_works() {
    let server = Server::sqlite().await;
    let cookie = server.user(Role::View).await.headers[header::COOKIE].clone();
    let clock = Arc::new(BrokenClock::default());
    let router = security_monkey_server::router(ServerParts {
        engine: server.engine.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        randomness: Arc::new(SystemRandomness),
        settings: settings(),
        shutdown: server.shutdown.clone(),
    })
    .unwrap();
    let ask = async || {
        let request = Request::builder()
            .uri("/api/v1/session")
            .header(header::HOST, "127.0.0.1:5000")
            .header(header::COOKIE, cookie.clone())
            .body(Body::empty())
            .unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    assert_eq!(ask().await.status(), StatusCode::OK);
    clock.is_broken.store(true, Ordering::Relaxed);
    let broken = ask().await;
    assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(broken.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(broken.headers().contains_key("x-request-id"));
    assert!(broken.headers().contains_key(header::CONTENT_SECURITY_POLICY));
    let body = axum::body::to_bytes(broken.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("\"internal\"") && !text.contains("on purpose"), "{text}");
    clock.is_broken.store(false, Ordering::Relaxed);
    assert_eq!(ask().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_whose_body_never_ends_is_given_up_with_a_problem() {
    let mut hasty = settings();
    hasty.request_timeout = Duration::from_millis(50);
    let server = Server::with(hasty).await;
    let endless = futures::stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>();
    let request = Request::builder()
        .method(axum::http::Method::POST)
        .uri("/api/v1/session")
        .header(header::HOST, "127.0.0.1:5000")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(endless))
        .unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert_eq!(answer.code(), "timeout");
}
