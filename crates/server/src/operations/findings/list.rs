//! `GET /api/v1/findings`

use security_monkey_model::Role;

use crate::extract::{Json, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding::FindingSummary;
use crate::wire::finding_filter::FindingParameters;
use crate::wire::page::PageOf;

operation!(Access::Role(Role::View));

/// Findings, worst first.
///
/// Filters of different names must all hold; a repeated name means any of its values. Without `status` it lists what is
/// open or reopened.
#[utoipa::path(
    get,
    path = "/api/v1/findings",
    operation_id = "listFindings",
    tag = "findings",
    params(FindingParameters),
    responses((status = 200, description = "A page of findings", body = PageOf<FindingSummary>))
)]
async fn handle(_: Query<FindingParameters>) -> Result<Json<PageOf<FindingSummary>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
