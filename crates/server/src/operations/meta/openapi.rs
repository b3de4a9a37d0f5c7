//! `GET /api/v1/openapi.json`

use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

operation!(Access::Public);

/// This API, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "showOpenapi",
    tag = "meta",
    responses((status = 200, description = "The document", body = serde_json::Value, content_type = "application/json"))
)]
async fn handle(State(state): State<ServerState>) -> Result<Response, Problem> {
    Ok((
        [(header::CONTENT_TYPE, "application/json")],
        state.openapi.as_ref().to_owned(),
    )
        .into_response())
}
