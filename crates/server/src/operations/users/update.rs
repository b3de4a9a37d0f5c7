//! `PATCH /api/v1/users/{user}`

use security_monkey_model as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::state::ServerState;
use crate::wire::user::User;
use crate::wire::words::Role;
use axum::extract::State;
use security_monkey_model::UserEmail;
use security_monkey_store::Author;

operation!(Access::Role(model::Role::Admin));

/// What to change; what is left out stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(user): Path<UserEmail>,
    Json(body): Json<UserChange>,
) -> Result<Json<User>, Problem> {
    if user == caller.email {
        return Err(Problem::new(
            Code::Conflict,
            "nobody changes their own role or disables themselves: ask another admin",
        ));
    }
    let before = User::load(&state, &user).await?;
    let by = Author::User(caller.email);
    if let Some(role) = body.role.filter(|role| *role != before.role) {
        state
            .engine
            .set_role(&user, role.into(), &by)
            .await
            .map_err(engine_problem)?;
    }
    if let Some(is_disabled) = body
        .is_disabled
        .filter(|is_disabled| *is_disabled != before.disabled_at.is_some())
    {
        state
            .engine
            .set_disabled(&user, is_disabled, &by)
            .await
            .map_err(engine_problem)?;
    }
    User::load(&state, &user).await.map(Json)
}
