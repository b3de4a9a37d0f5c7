//! `POST /api/v1/resources/{resource}/comments`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::comment::Comment;

operation!(Access::Role(Role::Comment));

/// What to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The text; 1 to 10,000 characters.
    #[schema(min_length = 1, max_length = 10000)]
    pub text: String,
}

/// Comment on a resource.
#[utoipa::path(
    post,
    path = "/api/v1/resources/{resource}/comments",
    operation_id = "addComment",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number")),
    request_body = NewComment,
    responses((status = 201, description = "The comment", body = Comment))
)]
async fn handle(_: Path<i64>, _: Json<NewComment>) -> Result<Json<Comment>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
