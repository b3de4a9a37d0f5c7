//! `DELETE /api/v1/findings/{finding}/justification`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding::FindingSummary;

operation!(Access::Role(Role::Justify));

/// Revoke the justification of a finding: it is open again. The decision stays in its history.
#[utoipa::path(
    delete,
    path = "/api/v1/findings/{finding}/justification",
    operation_id = "revokeJustification",
    tag = "findings",
    params(("finding" = i64, Path, description = "The finding's number")),
    responses((status = 200, description = "The finding, open", body = FindingSummary))
)]
async fn handle(_: Path<i64>) -> Result<Json<FindingSummary>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
