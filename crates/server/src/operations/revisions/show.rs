//! `GET /api/v1/revisions/{revision}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::resource::Revision;

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
async fn handle(_: Path<i64>) -> Result<Json<Revision>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
