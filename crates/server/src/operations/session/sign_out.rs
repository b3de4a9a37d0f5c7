//! `DELETE /api/v1/session`

use security_monkey_model::Role;

use crate::failure::engine_problem;
use crate::guard::{Caller, Credential};
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::session;
use crate::state::ServerState;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;

operation!(Access::Session(Role::View));

/// Sign out. The session ends on the server, not only in the browser.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "signOut",
    tag = "session",
    responses((status = 204, description = "Signed out; the cookie is removed"))
)]
async fn handle(State(state): State<ServerState>, caller: Caller) -> Result<(CookieJar, StatusCode), Problem> {
    if let Credential::Session { digest, .. } = caller.credential {
        state.engine.delete_session(&digest).await.map_err(engine_problem)?;
    }
    let jar = CookieJar::new().add(session::ended_cookie(&state.settings.public_url));
    Ok((jar, StatusCode::NO_CONTENT))
}
