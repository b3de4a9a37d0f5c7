//! `GET /api/v1/resources/{resource}/verdicts`

use security_monkey_model::Role;
use security_monkey_model::{RuleId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::words::VerdictKind;

operation!(Access::Role(Role::View));

/// What one rule says of the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResourceVerdict {
    /// The rule.
    #[schema(value_type = String)]
    pub rule: RuleId,
    /// The rule's title; its id when it is no longer loaded.
    pub title: String,
    /// What it says.
    pub verdict: VerdictKind,
    /// Why, for not applicable and unknown.
    pub reason: Option<String>,
    /// Since when it says so.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// What every rule says of a resource now.
#[utoipa::path(
    get,
    path = "/api/v1/resources/{resource}/verdicts",
    operation_id = "listVerdicts",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number")),
    responses((status = 200, description = "The verdicts, by rule", body = Vec<ResourceVerdict>))
)]
async fn handle(_: Path<i64>) -> Result<Json<Vec<ResourceVerdict>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
