//! `GET /api/v1/rules/{rule}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::rule::Rule;

operation!(Access::Role(Role::View));

/// One rule.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{rule}",
    operation_id = "showRule",
    tag = "rules",
    params(("rule" = String, Path, description = "The rule's id")),
    responses((status = 200, description = "The rule", body = Rule))
)]
async fn handle(_: Path<String>) -> Result<Json<Rule>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
