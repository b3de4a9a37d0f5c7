//! `PUT /api/v1/accounts/{account}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::account::{Account, AccountSettings};

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
async fn handle(_: Path<String>, _: Json<AccountSettings>) -> Result<Json<Account>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
