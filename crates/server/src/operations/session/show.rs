//! `GET /api/v1/session`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
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
async fn handle() -> Result<Json<Session>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
