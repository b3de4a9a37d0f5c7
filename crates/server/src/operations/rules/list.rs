//! `GET /api/v1/rules`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::rule::Rule;
use crate::wire::rule::rules_with_settings;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// Every rule that is loaded.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    operation_id = "listRules",
    tag = "rules",
    responses((status = 200, description = "The rules, by id", body = Vec<Rule>))
)]
async fn handle(State(state): State<ServerState>) -> Result<Json<Vec<Rule>>, Problem> {
    rules_with_settings(&state).await.map(Json)
}
