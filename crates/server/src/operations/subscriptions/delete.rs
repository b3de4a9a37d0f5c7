//! `DELETE /api/v1/subscriptions/{subscription}`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Role(Role::View));

/// Unsubscribe: an own one; an admin any.
#[utoipa::path(
    delete,
    path = "/api/v1/subscriptions/{subscription}",
    operation_id = "deleteSubscription",
    tag = "subscriptions",
    params(("subscription" = i64, Path, description = "The subscription's number")),
    responses((status = 204, description = "It is gone"))
)]
async fn handle(_: Path<i64>) -> Result<axum::http::StatusCode, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
