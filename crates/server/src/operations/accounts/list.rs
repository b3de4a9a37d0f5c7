//! `GET /api/v1/accounts`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::account::Account;

operation!(Access::Role(Role::View));

/// Every account we know: watched, friendly and third-party.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "listAccounts",
    tag = "accounts",
    responses((status = 200, description = "The accounts, by name", body = Vec<Account>))
)]
async fn handle() -> Result<Json<Vec<Account>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
