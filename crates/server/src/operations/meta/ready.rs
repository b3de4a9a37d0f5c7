//! `GET /readyz`

use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Public);

/// Whether the process can serve: the database answers and has the right schema.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "showReadiness",
    tag = "meta",
    responses((status = 200, description = "It can", body = String, content_type = "text/plain"))
)]
async fn handle() -> Result<axum::response::Response, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
