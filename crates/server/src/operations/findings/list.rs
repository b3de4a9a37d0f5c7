//! `GET /api/v1/findings`

use security_monkey_model::Role;

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding::FindingSummary;
use crate::wire::finding_filter::FindingParameters;
use crate::wire::page::PageOf;
use crate::wire::page::page;
use axum::extract::State;

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
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<FindingParameters>,
) -> Result<Json<PageOf<FindingSummary>>, Problem> {
    let page = page(parameters.after.clone(), parameters.limit)?;
    let filter = parameters.into_filter()?;
    let findings = state.store.findings(&filter, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(findings, |finding| {
        FindingSummary::titled(finding, &state.catalogue)
    })))
}
