//! `POST /api/v1/findings/justifications`

use security_monkey_model::Role;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::finding::FindingSummary;

operation!(Access::Role(Role::Justify));

/// Which findings, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JustifyMany {
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
async fn handle(_: Json<JustifyMany>) -> Result<Json<Vec<FindingSummary>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
