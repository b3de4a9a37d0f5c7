//! `GET /api/v1/findings/{finding}`

use security_monkey_model::Role;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding::FindingSummary;
use crate::wire::words::{FindingStatus, GradedScore};
use axum::extract::State;
use security_monkey_store::decision::{Decision, DecisionFilter};
use security_monkey_store::{Author, FindingId, Page};

operation!(Access::Role(Role::View));

/// What a person, or time, decided about a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FindingDecision {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who; null: the system (an expiry).
    pub by: Option<String>,
    /// What: `justified`, `justification-revoked`, `justification-expired`.
    pub action: String,
    /// Why.
    pub reason: String,
    /// Until when a justification was to hold.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// One step in a finding's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FindingStep {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it became.
    pub status: FindingStatus,
    /// Its score then.
    pub score: GradedScore,
    /// Its message then.
    pub message: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FindingDetail {
    /// What the list shows of it.
    #[serde(flatten)]
    pub summary: FindingSummary,
    /// The place in the document, or the value, that shows it.
    #[schema(value_type = serde_json::Value)]
    pub evidence: serde_json::Value,
    /// Its life, oldest first.
    pub history: Vec<FindingStep>,
    /// The latest decisions about it, at most 100, newest first.
    pub decisions: Vec<FindingDecision>,
}

/// One finding with its evidence and every decision about it.
#[utoipa::path(
    get,
    path = "/api/v1/findings/{finding}",
    operation_id = "showFinding",
    tag = "findings",
    params(("finding" = i64, Path, description = "The finding's number")),
    responses((status = 200, description = "The finding", body = FindingDetail))
)]
async fn handle(State(state): State<ServerState>, Path(finding): Path<i64>) -> Result<Json<FindingDetail>, Problem> {
    let id = FindingId(finding);
    let found = state.store.finding(id).await.map_err(store_problem)?;
    let found = found.ok_or_else(|| Problem::not_found("finding", finding))?;
    let history = state.store.finding_history(id).await.map_err(store_problem)?;
    let filter = DecisionFilter {
        finding: Some(id),
        ..DecisionFilter::default()
    };
    let decisions = state
        .store
        .decisions(&filter, &Page::first(100))
        .await
        .map_err(store_problem)?;
    Ok(Json(FindingDetail {
        evidence: found.evidence.clone(),
        summary: FindingSummary::titled(found, &state.catalogue),
        history: history
            .into_iter()
            .map(|step| FindingStep {
                at: step.at,
                status: step.status.into(),
                score: step.score.into(),
                message: step.message,
            })
            .collect(),
        decisions: decisions.items.into_iter().map(FindingDecision::from).collect(),
    }))
}

impl From<Decision> for FindingDecision {
    fn from(decision: Decision) -> Self {
        let text = |name: &str| decision.body.get(name).and_then(serde_json::Value::as_str);
        Self {
            at: decision.at,
            reason: text("reason").unwrap_or_default().to_owned(),
            expires_at: decision
                .body
                .get("expires_at")
                .and_then(|value| serde_json::from_value(value.clone()).ok()),
            by: match decision.by {
                Author::System => None,
                Author::User(email) => Some(email.to_string()),
            },
            action: decision.kind.as_str().to_owned(),
        }
    }
}
