//! `GET /api/v1/revisions/{revision}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::resource::Revision;
use axum::extract::State;
use security_monkey_store::RevisionId;

operation!(Access::Role(Role::View));

/// One revision with its document.
#[utoipa::path(
    get,
    path = "/api/v1/revisions/{revision}",
    operation_id = "showRevision",
    tag = "revisions",
    params(("revision" = i64, Path, description = "The revision's number")),
    responses((status = 200, description = "The revision", body = Revision))
)]
async fn handle(State(state): State<ServerState>, Path(revision): Path<i64>) -> Result<Json<Revision>, Problem> {
    let found = state
        .store
        .revision(RevisionId(revision))
        .await
        .map_err(store_problem)?;
    found
        .map(|revision| Json(revision.into()))
        .ok_or_else(|| Problem::not_found("revision", revision))
}
