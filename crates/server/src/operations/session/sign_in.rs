//! `POST /api/v1/session`

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::client_address::ClientAddress;
use crate::extract::Json;
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::session;
use crate::state::ServerState;
use crate::wire::session::Session;
use axum::extract::State;
use axum_extra::extract::CookieJar;
use security_monkey_model::UserEmail;

operation!(Access::Public);

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The user's e-mail address.
    pub email: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// Sign in.
///
/// Sets the session cookie. After too many failures for an address or a user it answers 429 with `Retry-After`.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "signIn",
    tag = "session",
    request_body = SignIn,
    responses((status = 200, description = "Signed in; the cookie is set", body = Session))
)]
async fn handle(
    State(state): State<ServerState>,
    ClientAddress(address): ClientAddress,
    Json(body): Json<SignIn>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    // What is no address belongs to nobody, and must take as long as somebody.
    let email = UserEmail::parse(&body.email.trim().to_lowercase()).ok();
    let name = email.as_ref().map_or("?", UserEmail::as_str);
    let now = state.now();
    if let Some(seconds) = state.throttle.wait_seconds(name, &address, now) {
        let mut problem = Problem::new(
            Code::TooManyAttempts,
            format!("too many failed sign-ins; try again in {seconds} s"),
        );
        problem.retry_after_seconds = Some(seconds);
        return Err(problem);
    }
    state.throttle.count_failure(name, &address, now);
    let user = match &email {
        Some(email) => state.store.user(email).await.map_err(store_problem)?,
        None => None,
    };
    let user = user.filter(|user| user.disabled_at.is_none());
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let is_right = state.passwords.verify(body.password, hash).await?;
    let Some(user) = user.filter(|_| is_right) else {
        tracing::warn!(user = name, address, "sign-in failed");
        return Err(Problem::new(
            Code::WrongCredentials,
            "no user has this e-mail address and this password",
        ));
    };
    state.throttle.forgive(name, &address, now);
    tracing::info!(user = name, address, "signed in");
    let begun = session::begin(&state, &user.email).await?;
    Ok((
        CookieJar::new().add(begun.cookie),
        Json(Session {
            email: user.email,
            role: user.role.into(),
            csrf_token: Some(begun.csrf_token),
            expires_at: Some(begun.session.expires_at),
        }),
    ))
}
