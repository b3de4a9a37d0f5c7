//! `GET /api/v1/accounts/{account}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::account::Account;

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
async fn handle(_: Path<String>) -> Result<Json<Account>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
