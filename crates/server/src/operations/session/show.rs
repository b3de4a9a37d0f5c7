//! `GET /api/v1/session`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::guard::{Caller, Credential};
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::wire::session::Session;

operation!(Access::Role(Role::View));

/// Who is signed in, and the CSRF token for the requests that change something.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "showSession",
    tag = "session",
    responses((status = 200, description = "The session", body = Session))
)]
async fn handle(caller: Caller) -> Result<Json<Session>, Problem> {
    let (csrf_token, expires_at) = match caller.credential {
        Credential::Session {
            csrf_token, expires_at, ..
        } => (Some(csrf_token), Some(expires_at)),
        Credential::Token(_) => (None, None),
    };
    Ok(Json(Session {
        email: caller.email,
        role: caller.role.into(),
        csrf_token,
        expires_at,
    }))
}
