//! `GET /api/v1/resources/{resource}/verdicts`

use security_monkey_model::Role;
use security_monkey_model::{RuleId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::resource::known;
use crate::wire::words::VerdictKind;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// What one rule says of the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResourceVerdict {
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
async fn handle(
    State(state): State<ServerState>,
    Path(resource): Path<i64>,
) -> Result<Json<Vec<ResourceVerdict>>, Problem> {
    let row = known(&state, resource).await?;
    let verdicts = state.store.verdicts_of(row).await.map_err(store_problem)?;
    Ok(Json(
        verdicts
            .into_iter()
            .map(|verdict| ResourceVerdict {
                title: state.catalogue.title_of(&verdict.rule).to_owned(),
                rule: verdict.rule,
                verdict: verdict.verdict.into(),
                reason: Some(verdict.reason).filter(|reason| !reason.is_empty()),
                since: verdict.since,
            })
            .collect(),
    ))
}
