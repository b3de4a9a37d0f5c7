//! `GET /api/v1/findings/{finding}`

use security_monkey_model::Role;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding::FindingSummary;
use crate::wire::words::{FindingStatus, GradedScore};

operation!(Access::Role(Role::View));

/// What a person, or time, decided about a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingDecision {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who; null: the system (an expiry).
    pub by: Option<String>,
    /// What: `justified`, `revoked`, …
    pub action: String,
    /// Why.
    pub reason: String,
    /// Until when a justification was to hold.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// One step in a finding's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingStep {
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
pub struct FindingDetail {
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
async fn handle(_: Path<i64>) -> Result<Json<FindingDetail>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
