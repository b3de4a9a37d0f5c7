//! `POST /api/v1/users/{user}/password`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::user::User;
use crate::wire::user::UserWithPassword;
use axum::extract::State;
use security_monkey_model::UserEmail;
use security_monkey_store::Author;

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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(user): Path<UserEmail>,
) -> Result<Json<UserWithPassword>, Problem> {
    let before = User::load(&state, &user).await?;
    let (password, hash) = state.passwords.make().await?;
    state
        .engine
        .set_password_hash(&before.email, &hash, &Author::User(caller.email))
        .await
        .map_err(engine_problem)?;
    let user = User::load(&state, &user).await?;
    Ok(Json(UserWithPassword { user, password }))
}
