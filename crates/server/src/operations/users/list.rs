//! `GET /api/v1/users`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::user::User;

operation!(Access::Role(Role::Admin));

/// Every user.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "listUsers",
    tag = "users",
    responses((status = 200, description = "The users, by e-mail address", body = Vec<User>))
)]
async fn handle() -> Result<Json<Vec<User>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
