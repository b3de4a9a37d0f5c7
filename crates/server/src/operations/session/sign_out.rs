//! `DELETE /api/v1/session`

use security_monkey_model::Role;

use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Session(Role::View));

/// Sign out. The session ends on the server, not only in the browser.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "signOut",
    tag = "session",
    responses((status = 204, description = "Signed out; the cookie is removed"))
)]
async fn handle() -> Result<axum::http::StatusCode, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
