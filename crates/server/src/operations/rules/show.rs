//! `GET /api/v1/rules/{rule}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::rule::Rule;
use crate::wire::rule::rules_with_settings;
use axum::extract::State;
use security_monkey_model::RuleId;

operation!(Access::Role(Role::View));

/// One rule.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{rule}",
    operation_id = "showRule",
    tag = "rules",
    params(("rule" = String, Path, description = "The rule's id")),
    responses((status = 200, description = "The rule", body = Rule))
)]
async fn handle(State(state): State<ServerState>, Path(rule): Path<RuleId>) -> Result<Json<Rule>, Problem> {
    let rules = rules_with_settings(&state).await?;
    rules
        .into_iter()
        .find(|one| one.id == rule)
        .map(Json)
        .ok_or_else(|| Problem::not_found("rule", rule))
}
