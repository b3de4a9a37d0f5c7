//! `GET /healthz`

use crate::operation::{Access, operation};
use crate::problem::Problem;

operation!(Access::Public);

/// Whether the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "showHealth",
    tag = "meta",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
async fn handle() -> Result<&'static str, Problem> {
    Ok("ok\n")
}
