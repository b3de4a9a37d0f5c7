//! `DELETE /api/v1/tokens/{token}`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::failure::{engine_problem, store_problem};
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_store::TokenId;

operation!(Access::Role(Role::View));

/// Revoke an own API token.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{token}",
    operation_id = "revokeToken",
    tag = "tokens",
    params(("token" = i64, Path, description = "The token's number")),
    responses((status = 204, description = "It is no longer accepted"))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(token): Path<i64>,
) -> Result<StatusCode, Problem> {
    let own = state.store.tokens(Some(&caller.email)).await.map_err(store_problem)?;
    if !own.iter().any(|one| one.id.0 == token) {
        return Err(Problem::not_found("token of yours", token));
    }
    state
        .engine
        .revoke_token(TokenId(token))
        .await
        .map_err(engine_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
