//! `GET /api/v1/rules`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::rule::Rule;

operation!(Access::Role(Role::View));

/// Every rule that is loaded.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    operation_id = "listRules",
    tag = "rules",
    responses((status = 200, description = "The rules, by id", body = Vec<Rule>))
)]
async fn handle() -> Result<Json<Vec<Rule>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
