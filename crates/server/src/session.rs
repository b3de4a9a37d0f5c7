//! Sessions: random tokens in a cookie, of which the store knows only the digest.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use security_monkey_model::{Digest, UserEmail};
use security_monkey_store::user::Session;

use crate::failure::engine_problem;
use crate::problem::Problem;
use crate::randomness::random_token;
use crate::settings::PublicUrl;
use crate::state::ServerState;

/// A use of a session or token is noted at most this often: noting is a write.
pub(crate) const TOUCH_MICROS: i64 = 60_000_000;

/// By TLS the `__Host-` prefix makes the browser refuse the cookie from any other host or path, and without `Secure`.
const fn cookie_name(public_url: &PublicUrl) -> &'static str {
    if public_url.is_https() {
        "__Host-security-monkey"
    } else {
        "security-monkey"
    }
}

/// The session token in the request, if any.
pub(crate) fn cookie_of(headers: &HeaderMap, public_url: &PublicUrl) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(cookie_name(public_url))
        .map(|cookie| cookie.value().to_owned())
        .filter(|text| !text.is_empty() && text.len() <= 100)
}

/// The CSRF token that belongs to a session token. Derived, so that it can be shown again after a page load while the store
/// keeps only digests; one-way, so that it does not give the session away.
pub(crate) fn csrf_token_of(session_token: &str) -> String {
    let digest = Digest::of_parts(&[b"security-monkey csrf token v1", session_token.as_bytes()]);
    URL_SAFE_NO_PAD.encode(digest.as_bytes())
}

/// A session that has begun: what the store keeps, and what only the browser gets.
pub(crate) struct Begun {
    pub(crate) session: Session,
    pub(crate) csrf_token: String,
    pub(crate) cookie: Cookie<'static>,
}

/// Begins a session for a user who has proven who they are.
pub(crate) async fn begin(state: &ServerState, user: &UserEmail) -> Result<Begun, Problem> {
    let text = random_token(&*state.randomness).map_err(|error| Problem::internal(&error))?;
    let csrf_token = csrf_token_of(&text);
    let now = state.now();
    let longest_seconds = i64::try_from(state.settings.session_longest.as_secs()).unwrap_or(i64::MAX);
    let session = Session {
        token: Digest::of(text.as_bytes()),
        csrf: Digest::of(csrf_token.as_bytes()),
        user: user.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now.plus_seconds(longest_seconds),
    };
    state.engine.create_session(&session).await.map_err(engine_problem)?;
    Ok(Begun {
        session,
        csrf_token,
        cookie: cookie(&state.settings.public_url, text),
    })
}

/// The cookie that makes a browser forget the session.
pub(crate) fn ended_cookie(public_url: &PublicUrl) -> Cookie<'static> {
    let mut cookie = cookie(public_url, String::new());
    cookie.make_removal();
    cookie
}

/// A session cookie (it ends with the browser at the latest); Lax lets links from mails open signed in.
fn cookie(public_url: &PublicUrl, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(public_url), value))
        .path("/")
        .http_only(true)
        .secure(public_url.is_https())
        .same_site(SameSite::Lax)
        .build()
}
