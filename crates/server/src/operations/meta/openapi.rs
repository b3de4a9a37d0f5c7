//! `GET /api/v1/openapi.json`

use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Public);

/// This API, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "showOpenapi",
    tag = "meta",
    responses((status = 200, description = "The document", body = serde_json::Value, content_type = "application/json"))
)]
async fn handle() -> Result<axum::response::Response, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
