//! `POST /api/v1/users/{user}/password`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::user::UserWithPassword;

operation!(Access::Role(Role::Admin));

/// Give a user a new one-time password, shown this once. Their sessions end.
#[utoipa::path(
    post,
    path = "/api/v1/users/{user}/password",
    operation_id = "resetPassword",
    tag = "users",
    params(("user" = String, Path, description = "The user's e-mail address")),
    responses((status = 200, description = "The user and the new password", body = UserWithPassword))
)]
async fn handle(_: Path<String>) -> Result<Json<UserWithPassword>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
