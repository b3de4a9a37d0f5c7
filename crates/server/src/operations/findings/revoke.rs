//! `DELETE /api/v1/findings/{finding}/justification`

use security_monkey_model::Role;

use crate::extract::{Json, Path, Query};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding::FindingSummary;
use crate::wire::finding::LONGEST_REASON;
use axum::extract::State;
use security_monkey_store::{Author, FindingId};
use serde::Deserialize;
use utoipa::IntoParams;

operation!(Access::Role(Role::Justify));

/// Why.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Why; at most 2,000 characters.
    reason: Option<String>,
}

/// Revoke the justification of a finding: it is open again. The decision stays in its history.
#[utoipa::path(
    delete,
    path = "/api/v1/findings/{finding}/justification",
    operation_id = "revokeJustification",
    tag = "findings",
    params(("finding" = i64, Path, description = "The finding's number"), Parameters),
    responses((status = 200, description = "The finding, open", body = FindingSummary))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(finding): Path<i64>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<FindingSummary>, Problem> {
    let id = FindingId(finding);
    // The history keeps why; without a reason, that there was none.
    let reason = parameters.reason.filter(|reason| !reason.trim().is_empty());
    let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
    if reason.chars().count() > LONGEST_REASON {
        return Err(Problem::invalid(format!(
            "query: reason: at most {LONGEST_REASON} characters"
        )));
    }
    state
        .engine
        .revoke_justification(id, &Author::User(caller.email), &reason)
        .await
        .map_err(engine_problem)?;
    FindingSummary::load(&state, id).await.map(Json)
}
