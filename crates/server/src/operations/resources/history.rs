//! `GET /api/v1/resources/{resource}/revisions`

use security_monkey_model::Role;

use crate::extract::{Json, Path, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::page::{PageOf, PageParameters};
use crate::wire::resource::RevisionSummary;

operation!(Access::Role(Role::View));

/// A resource's revisions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/resources/{resource}/revisions",
    operation_id = "listRevisions",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number"), PageParameters),
    responses((status = 200, description = "A page of revisions", body = PageOf<RevisionSummary>))
)]
async fn handle(_: Path<i64>, _: Query<PageParameters>) -> Result<Json<PageOf<RevisionSummary>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
