//! Who calls, and whether they may: every operation is behind this.
//!
//! A person is known by a session cookie, a script by an API token (`Authorization: Bearer smk_…`). Cookies travel by
//! themselves, so what changes something by cookie must also prove that it comes from our own page: by the CSRF token, and
//! by the browser's `Origin` and `Sec-Fetch-Site` headers. Tokens are not sent by themselves and need neither.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use security_monkey_model::{Digest, Role, Timestamp, UserEmail};
use security_monkey_store::TokenId;

use crate::failure::{engine_problem, store_problem};
use crate::operation::{Access, Patience};
use crate::problem::{Code, Problem};
use crate::session;
use crate::settings::{PublicUrl, host_of, is_loopback_host};
use crate::state::ServerState;

/// The header that carries the CSRF token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// What [`check`] needs to know of its operation.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) access: Access,
    pub(crate) is_mutating: bool,
    pub(crate) patience: Patience,
    pub(crate) state: ServerState,
}

/// Who calls, once the guard has let them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) email: UserEmail,
    pub(crate) role: Role,
    pub(crate) credential: Credential,
}

/// How the caller is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    Session {
        digest: Digest,
        csrf_token: String,
        expires_at: Timestamp,
    },
    Token(TokenId),
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::internal(&"a public operation asked who calls"))
    }
}

/// Lets the request through to its handler, or answers with the problem.
pub(crate) async fn check(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match admit(&guard, request.headers()).await {
        Ok(Some(caller)) => {
            tracing::Span::current().record("user", caller.email.as_str());
            request.extensions_mut().insert(caller);
        }
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
    }
    match guard.patience {
        Patience::Unlimited => next.run(request).await,
        Patience::Ordinary => {
            let limit = guard.state.settings.request_timeout;
            tokio::time::timeout(limit, next.run(request))
                .await
                .unwrap_or_else(|_| {
                    Problem::new(
                        Code::Timeout,
                        format!("no answer within {} s; nothing is half done", limit.as_secs()),
                    )
                    .into_response()
                })
        }
    }
}

async fn admit(guard: &Guard, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let bearer = bearer_token(headers)?;
    if guard.is_mutating && bearer.is_none() {
        check_origin(&guard.state, headers)?;
    }
    let Some(least_role) = guard.access.least_role() else {
        return Ok(None);
    };
    let caller = match bearer {
        Some(text) => caller_by_token(&guard.state, text).await?,
        None => caller_by_session(guard, headers).await?,
    };
    if matches!(guard.access, Access::Session(_)) && matches!(caller.credential, Credential::Token(_)) {
        return Err(Problem::new(
            Code::SessionRequired,
            "this cannot be done with an API token: sign in",
        ));
    }
    if caller.role < least_role {
        return Err(Problem::new(
            Code::RoleTooLow,
            format!(
                "this needs the role {}, yours is {}",
                least_role.as_str(),
                caller.role.as_str()
            ),
        ));
    }
    Ok(Some(caller))
}

fn not_signed_in() -> Problem {
    Problem::new(Code::NotSignedIn, "sign in, or send an API token")
}

/// The text after `Bearer`; none without an `Authorization` header.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| not_signed_in())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Problem::new(
            Code::NotSignedIn,
            "the Authorization header must be 'Bearer' and an API token",
        )),
    }
}

async fn caller_by_token(state: &ServerState, text: &str) -> Result<Caller, Problem> {
    let now = state.now();
    let (token, user) = state
        .store
        .token(&Digest::of(text.as_bytes()), now)
        .await
        .map_err(store_problem)?
        .ok_or_else(|| Problem::new(Code::NotSignedIn, "the API token is unknown, revoked or has ended"))?;
    if token
        .used_at
        .is_none_or(|used| now.micros_since(used) >= session::TOUCH_MICROS)
    {
        state.engine.touch_token(token.id).await.map_err(engine_problem)?;
    }
    Ok(Caller {
        email: user.email,
        role: token.role.min(user.role),
        credential: Credential::Token(token.id),
    })
}

async fn caller_by_session(guard: &Guard, headers: &HeaderMap) -> Result<Caller, Problem> {
    let state = &guard.state;
    let text = session::cookie_of(headers, &state.settings.public_url).ok_or_else(not_signed_in)?;
    let digest = Digest::of(text.as_bytes());
    let now = state.now();
    let (stored, user) = state
        .store
        .session(&digest, now)
        .await
        .map_err(store_problem)?
        .ok_or_else(not_signed_in)?;
    let idle = now.micros_since(stored.seen_at);
    if idle > i64::try_from(state.settings.session_idle.as_micros()).unwrap_or(i64::MAX) {
        state.engine.delete_session(&digest).await.map_err(engine_problem)?;
        return Err(Problem::new(Code::NotSignedIn, "the session has ended: sign in again"));
    }
    if guard.is_mutating {
        // Compared as digests, so the time of the comparison says nothing about the token.
        let sent = headers.get(CSRF_HEADER).map(|value| Digest::of(value.as_bytes()));
        if sent != Some(stored.csrf) {
            return Err(Problem::new(
                Code::CsrfTokenWrong,
                "send the csrf_token of GET /api/v1/session in the header X-CSRF-Token",
            ));
        }
    }
    if idle >= session::TOUCH_MICROS {
        state.engine.touch_session(&digest).await.map_err(engine_problem)?;
    }
    Ok(Caller {
        email: user.email,
        role: user.role,
        credential: Credential::Session {
            digest,
            csrf_token: session::csrf_token_of(&text),
            expires_at: stored.expires_at,
        },
    })
}

/// A browser says where a change comes from; other programs say nothing, and have no cookies of our users.
fn check_origin(state: &ServerState, headers: &HeaderMap) -> Result<(), Problem> {
    let refused = |what: &str| {
        Problem::new(
            Code::OriginRefused,
            format!(
                "{what}; changes are taken from {} only",
                state.settings.public_url.as_str()
            ),
        )
    };
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or("?");
        return if is_own_origin(state, origin) {
            Ok(())
        } else {
            Err(refused("the request comes from another origin"))
        };
    }
    match headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(refused("the browser says the request comes from another site")),
    }
}

fn is_own_origin(state: &ServerState, origin: &str) -> bool {
    let settings = &state.settings;
    if origin == settings.public_url.as_str() || settings.allowed_origins.iter().any(|allowed| allowed == origin) {
        return true;
    }
    // On this machine people type localhost or 127.0.0.1 as they like; the port must be ours.
    PublicUrl::parse(origin).is_ok_and(|origin| {
        settings.public_url.is_loopback() && origin.is_loopback() && port_of(&origin) == port_of(&settings.public_url)
    })
}

fn port_of(url: &PublicUrl) -> &str {
    url.authority().strip_prefix(url.host()).unwrap_or_default()
}

/// Whether a `Host` header names this server: a page whose own name was pointed at our address (DNS rebinding) does not.
pub(crate) fn is_own_host(state: &ServerState, authority: &str) -> bool {
    let settings = &state.settings;
    let host = host_of(authority).to_ascii_lowercase();
    host == settings.public_url.host()
        || (settings.public_url.is_loopback() && is_loopback_host(&host))
        || settings
            .allowed_origins
            .iter()
            .filter_map(|origin| PublicUrl::parse(origin).ok())
            .any(|origin| origin.host() == host)
}
