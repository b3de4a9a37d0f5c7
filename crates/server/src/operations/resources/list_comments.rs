//! `GET /api/v1/resources/{resource}/comments`

use security_monkey_model::Role;

use crate::extract::{Json, Path, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::comment::Comment;
use crate::wire::page::{PageOf, PageParameters};

operation!(Access::Role(Role::View));

/// What people said of a resource, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/resources/{resource}/comments",
    operation_id = "listComments",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number"), PageParameters),
    responses((status = 200, description = "A page of comments", body = PageOf<Comment>))
)]
async fn handle(_: Path<i64>, _: Query<PageParameters>) -> Result<Json<PageOf<Comment>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
