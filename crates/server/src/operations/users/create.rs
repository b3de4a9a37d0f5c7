//! `POST /api/v1/users`

use security_monkey_model as model;
use security_monkey_model::UserEmail;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::user::UserWithPassword;
use crate::wire::words::Role;

operation!(Access::Role(model::Role::Admin));

/// Who.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Their e-mail address, lower case.
    #[schema(value_type = String, example = "ada@example.com")]
    pub email: UserEmail,
    /// What they may do.
    pub role: Role,
}

/// Create a user. The answer has a one-time password, shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "createUser",
    tag = "users",
    request_body = NewUser,
    responses((status = 201, description = "The user and their first password", body = UserWithPassword))
)]
async fn handle(_: Json<NewUser>) -> Result<Json<UserWithPassword>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
