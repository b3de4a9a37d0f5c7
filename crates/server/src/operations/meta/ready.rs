//! `GET /readyz`

use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::state::ServerState;
use axum::extract::State;

operation!(Access::Public);

/// Whether the process can serve: the database answers and has the right schema.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "showReadiness",
    tag = "meta",
    responses((status = 200, description = "It can", body = String, content_type = "text/plain"))
)]
async fn handle(State(state): State<ServerState>) -> Result<&'static str, Problem> {
    let status = state.store.schema_status().await.map_err(store_problem)?;
    if status.is_current() {
        Ok("ready\n")
    } else {
        Err(Problem::new(
            Code::StoreUnavailable,
            format!(
                "the database has schema {}, this program needs {}",
                status.found, status.known
            ),
        ))
    }
}
