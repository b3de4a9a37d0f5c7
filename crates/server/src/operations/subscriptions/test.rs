//! `POST /api/v1/subscriptions/{subscription}/test`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Role(Role::View));

/// Send a test message to a subscription: an own one; an admin any.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{subscription}/test",
    operation_id = "testSubscription",
    tag = "subscriptions",
    params(("subscription" = i64, Path, description = "The subscription's number")),
    responses((status = 204, description = "The receiver took it"))
)]
async fn handle(_: Path<i64>) -> Result<axum::http::StatusCode, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
