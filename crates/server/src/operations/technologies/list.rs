//! `GET /api/v1/technologies`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::technology::Technology;
use axum::extract::State;

operation!(Access::Role(Role::View));

/// Every technology that is loaded.
#[utoipa::path(
    get,
    path = "/api/v1/technologies",
    operation_id = "listTechnologies",
    tag = "technologies",
    responses((status = 200, description = "The technologies, by id", body = Vec<Technology>))
)]
async fn handle(State(state): State<ServerState>) -> Result<Json<Vec<Technology>>, Problem> {
    Ok(Json(state.catalogue.technologies.clone()))
}
