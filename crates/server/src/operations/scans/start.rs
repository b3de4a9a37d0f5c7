//! `POST /api/v1/scans`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, TechnologyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::failure::engine_problem;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::settings::Watching;
use crate::state::ServerState;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_engine::Selection;

operation!(Access::Role(Role::Admin));

/// What to scan; empty lists mean everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanRequest {
    /// Only these accounts.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub accounts: Vec<AccountId>,
    /// Only these technologies.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub technologies: Vec<TechnologyId>,
}

/// Scan now, ahead of schedule. Answers at once; the scans appear in the list as they start.
#[utoipa::path(
    post,
    path = "/api/v1/scans",
    operation_id = "startScans",
    tag = "scans",
    request_body = ScanRequest,
    responses((status = 202, description = "They are due now"))
)]
async fn handle(State(state): State<ServerState>, Json(body): Json<ScanRequest>) -> Result<StatusCode, Problem> {
    if state.settings.watching == Watching::Elsewhere {
        return Err(Problem::new(
            Code::Conflict,
            "this process serves without watching, so it cannot scan; ask one that watches, or run `security-monkey scan --record`",
        ));
    }
    let selection = Selection {
        accounts: body.accounts,
        regions: Vec::new(),
        technologies: body.technologies,
    };
    state.engine.request_scan(&selection).await.map_err(engine_problem)?;
    Ok(StatusCode::ACCEPTED)
}
