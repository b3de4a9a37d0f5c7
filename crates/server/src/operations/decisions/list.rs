//! `GET /api/v1/decisions`

use security_monkey_model::Role;

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::decision::{Decision, DecisionParameters};
use crate::wire::page::PageOf;
use crate::wire::page::page;
use axum::extract::State;

operation!(Access::Role(Role::Admin));

/// What people decided, newest first: justifications, comments, rule settings, accounts, users.
///
/// Filters of different names must all hold; a repeated name means any of its values. For admins, because it tells of users.
#[utoipa::path(
    get,
    path = "/api/v1/decisions",
    operation_id = "listDecisions",
    tag = "decisions",
    params(DecisionParameters),
    responses((status = 200, description = "A page of decisions", body = PageOf<Decision>))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<DecisionParameters>,
) -> Result<Json<PageOf<Decision>>, Problem> {
    let page = page(parameters.after.clone(), parameters.limit)?;
    let filter = parameters.into_filter()?;
    let decisions = state.store.decisions(&filter, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(decisions, Decision::from)))
}
