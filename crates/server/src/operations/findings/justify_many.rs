//! `POST /api/v1/findings/justifications`

use security_monkey_model::Role;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
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

/// The most findings of one request.
const MOST_FINDINGS: usize = 500;

/// Which findings, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JustifyMany {
    /// The findings' numbers; 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    pub findings: Vec<i64>,
    /// Why; 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// Until when it holds; null or left out: until revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// Justify many findings with one reason. All or none.
#[utoipa::path(
    post,
    path = "/api/v1/findings/justifications",
    operation_id = "justifyFindings",
    tag = "findings",
    request_body = JustifyMany,
    responses((status = 200, description = "The findings, justified", body = Vec<FindingSummary>))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Json(body): Json<JustifyMany>,
) -> Result<Json<Vec<FindingSummary>>, Problem> {
    let now = state.now();
    if body.findings.is_empty() || body.findings.len() > MOST_FINDINGS {
        return Err(Problem::invalid(format!(
            "body: findings: 1 to {MOST_FINDINGS} numbers are wanted"
        )));
    }
    let justification = NewJustification {
        reason: body.reason,
        expires_at: body.expires_at,
    };
    justification.check(now)?;
    let mut ids: Vec<FindingId> = body.findings.into_iter().map(FindingId).collect();
    ids.sort_unstable();
    ids.dedup();
    state
        .engine
        .justify(
            &ids,
            &Author::User(caller.email),
            &justification.reason,
            justification.expires_at,
        )
        .await
        .map_err(engine_problem)?;
    let mut findings = Vec::with_capacity(ids.len());
    for id in ids {
        findings.push(FindingSummary::load(&state, id).await?);
    }
    Ok(Json(findings))
}
