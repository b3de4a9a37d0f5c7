//! `PUT /api/v1/findings/{finding}/justification`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding::FindingSummary;
use crate::wire::finding::NewJustification;

operation!(Access::Role(Role::Justify));

/// Justify a finding: accept it, with a reason and for a time. Replaces the justification it has.
#[utoipa::path(
    put,
    path = "/api/v1/findings/{finding}/justification",
    operation_id = "justifyFinding",
    tag = "findings",
    params(("finding" = i64, Path, description = "The finding's number")),
    request_body = NewJustification,
    responses((status = 200, description = "The finding, justified", body = FindingSummary))
)]
async fn handle(_: Path<i64>, _: Json<NewJustification>) -> Result<Json<FindingSummary>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
