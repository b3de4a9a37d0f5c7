//! `PUT /api/v1/findings/{finding}/justification`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding::FindingSummary;
use crate::wire::finding::NewJustification;
use axum::extract::State;
use security_monkey_store::{Author, FindingId};

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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(finding): Path<i64>,
    Json(body): Json<NewJustification>,
) -> Result<Json<FindingSummary>, Problem> {
    let id = FindingId(finding);
    body.check(state.now())?;
    state
        .engine
        .justify(&[id], &Author::User(caller.email), &body.reason, body.expires_at)
        .await
        .map_err(engine_problem)?;
    FindingSummary::load(&state, id).await.map(Json)
}
