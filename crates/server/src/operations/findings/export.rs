//! `GET /api/v1/findings/export`

use security_monkey_model::Role;

use crate::extract::Query;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding_filter::FindingParameters;

operation!(Access::Role(Role::View));

/// Findings as CSV, worst first, all pages.
///
/// Cells that a spreadsheet would take for a formula are prefixed with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/findings/export",
    operation_id = "exportFindings",
    tag = "findings",
    params(FindingParameters),
    responses((status = 200, description = "One line per finding, after a header line", body = String, content_type = "text/csv"))
)]
async fn handle(_: Query<FindingParameters>) -> Result<axum::response::Response, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
