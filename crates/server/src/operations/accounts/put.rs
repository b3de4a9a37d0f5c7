//! `PUT /api/v1/accounts/{account}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::account::{Account, AccountSettings};
use axum::extract::State;
use security_monkey_model::AccountId;
use security_monkey_store::Author;

operation!(Access::Role(Role::Admin));

/// Create or replace an account. To stop scanning it, put it with `is_enabled` false: its history stays.
#[utoipa::path(
    put,
    path = "/api/v1/accounts/{account}",
    operation_id = "putAccount",
    tag = "accounts",
    params(("account" = String, Path, description = "Twelve digits")),
    request_body = AccountSettings,
    responses((status = 200, description = "The account as it is now", body = Account))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(account): Path<AccountId>,
    Json(body): Json<AccountSettings>,
) -> Result<Json<Account>, Problem> {
    let account = body.checked()?.into_account(account);
    let by = Author::User(caller.email);
    state.engine.put_account(&account, &by).await.map_err(engine_problem)?;
    Ok(Json(Account::seen_by(account, caller.role)))
}
