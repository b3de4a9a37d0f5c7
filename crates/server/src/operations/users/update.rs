//! `PATCH /api/v1/users/{user}`

use security_monkey_model as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::user::User;
use crate::wire::words::Role;

operation!(Access::Role(model::Role::Admin));

/// What to change; what is left out stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// What they may do from now on.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whether they may not sign in.
    #[serde(default)]
    pub is_disabled: Option<bool>,
}

/// Change a user's role, or disable them: their sessions and tokens end at once. Not the own user.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{user}",
    operation_id = "updateUser",
    tag = "users",
    params(("user" = String, Path, description = "The user's e-mail address")),
    request_body = UserChange,
    responses((status = 200, description = "The user as it is now", body = User))
)]
async fn handle(_: Path<String>, _: Json<UserChange>) -> Result<Json<User>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
