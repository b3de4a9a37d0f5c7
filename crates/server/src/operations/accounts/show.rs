//! `GET /api/v1/accounts/{account}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::store_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::account::Account;
use axum::extract::State;
use security_monkey_model::AccountId;

operation!(Access::Role(Role::View));

/// One account.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{account}",
    operation_id = "showAccount",
    tag = "accounts",
    params(("account" = String, Path, description = "Twelve digits")),
    responses((status = 200, description = "The account", body = Account))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Json<Account>, Problem> {
    let found = state.store.account(&account).await.map_err(store_problem)?;
    found
        .map(|account| Json(Account::seen_by(account, caller.role)))
        .ok_or_else(|| Problem::not_found("account", account))
}
