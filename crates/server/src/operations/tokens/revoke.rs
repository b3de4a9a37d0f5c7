//! `DELETE /api/v1/tokens/{token}`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Role(Role::View));

/// Revoke an own API token.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{token}",
    operation_id = "revokeToken",
    tag = "tokens",
    params(("token" = i64, Path, description = "The token's number")),
    responses((status = 204, description = "It is no longer accepted"))
)]
async fn handle(_: Path<i64>) -> Result<axum::http::StatusCode, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
