//! `GET /api/v1/users`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::user::User;
use axum::extract::State;

operation!(Access::Role(Role::Admin));

/// Every user.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "listUsers",
    tag = "users",
    responses((status = 200, description = "The users, by e-mail address", body = Vec<User>))
)]
async fn handle(State(state): State<ServerState>) -> Result<Json<Vec<User>>, Problem> {
    let users = state.store.users().await.map_err(store_problem)?;
    Ok(Json(users.into_iter().map(User::from).collect()))
}
