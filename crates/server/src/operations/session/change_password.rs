//! `PUT /api/v1/session/password`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::client_address::ClientAddress;
use crate::extract::Json;
use crate::failure::{engine_problem, store_problem};
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::password::check_strength;
use crate::problem::{Code, Problem};
use crate::session;
use crate::state::ServerState;
use crate::wire::session::Session;
use axum::extract::State;
use axum_extra::extract::CookieJar;
use security_monkey_store::Author;

operation!(Access::Session(Role::View));

/// The old and the new password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password until now.
    #[schema(format = Password)]
    pub current_password: String,
    /// The password from now on: 12 to 1024 characters.
    #[schema(format = Password, min_length = 12, max_length = 1024)]
    pub new_password: String,
}

/// Change the own password. Every session of the user ends; a new one begins for the caller.
#[utoipa::path(
    put,
    path = "/api/v1/session/password",
    operation_id = "changePassword",
    tag = "session",
    request_body = PasswordChange,
    responses((status = 200, description = "Changed; a new session has begun", body = Session))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Json(body): Json<PasswordChange>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let now = state.now();
    let name = caller.email.as_str();
    if let Some(seconds) = state.throttle.wait_seconds(name, &address, now) {
        let mut problem = Problem::new(
            Code::TooManyAttempts,
            format!("too many wrong passwords; try again in {seconds} s"),
        );
        problem.retry_after_seconds = Some(seconds);
        return Err(problem);
    }
    check_strength(&body.new_password)?;
    if body.new_password == body.current_password {
        return Err(Problem::new(Code::WeakPassword, "the new password is the old one"));
    }
    state.throttle.count_failure(name, &address, now);
    let user = state
        .store
        .user(&caller.email)
        .await
        .map_err(store_problem)?
        .ok_or_else(|| Problem::not_found("user", &caller.email))?;
    if !state
        .passwords
        .verify(body.current_password, user.password_hash)
        .await?
    {
        return Err(Problem::new(
            Code::WrongCredentials,
            "the current password is another one",
        ));
    }
    state.throttle.forgive(name, &address, now);
    let hash = state.passwords.hash(body.new_password).await?;
    state
        .engine
        .set_password_hash(&caller.email, &hash, &Author::User(caller.email.clone()))
        .await
        .map_err(engine_problem)?;
    // That ended every session of the user, this one included: go on in a fresh one.
    let begun = session::begin(&state, &caller.email).await?;
    Ok((
        CookieJar::new().add(begun.cookie),
        Json(Session {
            email: caller.email,
            role: caller.role.into(),
            csrf_token: Some(begun.csrf_token),
            expires_at: Some(begun.session.expires_at),
        }),
    ))
}
