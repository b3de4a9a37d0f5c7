//! `POST /api/v1/users`

use security_monkey_model as model;
use security_monkey_model::UserEmail;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::user::User;
use crate::wire::user::UserWithPassword;
use crate::wire::words::Role;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_store::Author;

operation!(Access::Role(model::Role::Admin));

/// Who.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, Json<UserWithPassword>), Problem> {
    let (password, hash) = state.passwords.make().await?;
    state
        .engine
        .add_user(&body.email, body.role.into(), Some(&hash), &Author::User(caller.email))
        .await
        .map_err(engine_problem)?;
    let user = User::load(&state, &body.email).await?;
    Ok((StatusCode::CREATED, Json(UserWithPassword { user, password })))
}
