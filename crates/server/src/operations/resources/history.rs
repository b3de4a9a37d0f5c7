//! `GET /api/v1/resources/{resource}/revisions`

use security_monkey_model::Role;

use crate::extract::{Json, Path, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::page::{PageOf, PageParameters};
use crate::wire::resource::RevisionSummary;
use crate::wire::resource::known;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// A resource's revisions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/resources/{resource}/revisions",
    operation_id = "listRevisions",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number"), PageParameters),
    responses((status = 200, description = "A page of revisions", body = PageOf<RevisionSummary>))
)]
async fn handle(
    State(state): State<ServerState>,
    Path(resource): Path<i64>,
    Query(parameters): Query<PageParameters>,
) -> Result<Json<PageOf<RevisionSummary>>, Problem> {
    let page = parameters.page()?;
    let row = known(&state, resource).await?;
    let history = state.store.history(row, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(history, RevisionSummary::from)))
}
