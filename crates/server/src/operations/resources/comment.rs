//! `POST /api/v1/resources/{resource}/comments`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::failure::{engine_problem, store_problem};
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::comment::Comment;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_store::{Author, Page, ResourceRow};

operation!(Access::Role(Role::Comment));

/// What to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComment {
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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(resource): Path<i64>,
    Json(body): Json<NewComment>,
) -> Result<(StatusCode, Json<Comment>), Problem> {
    let row = ResourceRow(resource);
    let by = Author::User(caller.email);
    let id = state
        .engine
        .comment(row, &by, &body.text)
        .await
        .map_err(engine_problem)?;
    // Newest first; others may have commented since.
    let comments = state
        .store
        .comments(row, &Page::first(100))
        .await
        .map_err(store_problem)?;
    let comment = comments.items.into_iter().find(|comment| comment.id == id);
    let comment = comment.ok_or_else(|| Problem::not_found("comment", id))?;
    Ok((StatusCode::CREATED, Json(comment.into())))
}
