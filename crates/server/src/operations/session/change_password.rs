//! `PUT /api/v1/session/password`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Session(Role::View));

/// The old and the new password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    #[schema(format = Password)]
    pub current_password: String,
    /// The password from now on: 12 to 1024 characters.
    #[schema(format = Password, min_length = 12, max_length = 1024)]
    pub new_password: String,
}

/// Change the own password. Every other session of the user ends.
#[utoipa::path(
    put,
    path = "/api/v1/session/password",
    operation_id = "changePassword",
    tag = "session",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed"))
)]
async fn handle(_: Json<PasswordChange>) -> Result<axum::http::StatusCode, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
