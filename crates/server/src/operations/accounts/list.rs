//! `GET /api/v1/accounts`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::failure::store_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::account::Account;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// Every account we know: watched, friendly and third-party.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "listAccounts",
    tag = "accounts",
    responses((status = 200, description = "The accounts, by name", body = Vec<Account>))
)]
async fn handle(State(state): State<ServerState>, caller: Caller) -> Result<Json<Vec<Account>>, Problem> {
    let accounts = state.store.accounts().await.map_err(store_problem)?;
    Ok(Json(
        accounts
            .into_iter()
            .map(|account| Account::seen_by(account, caller.role))
            .collect(),
    ))
}
