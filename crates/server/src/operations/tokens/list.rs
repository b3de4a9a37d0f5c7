//! `GET /api/v1/tokens`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::failure::store_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::token::Token;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// The own API tokens.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    responses((status = 200, description = "The tokens, newest first; never their text", body = Vec<Token>))
)]
async fn handle(State(state): State<ServerState>, caller: Caller) -> Result<Json<Vec<Token>>, Problem> {
    let tokens = state.store.tokens(Some(&caller.email)).await.map_err(store_problem)?;
    Ok(Json(tokens.into_iter().map(Token::from).collect()))
}
