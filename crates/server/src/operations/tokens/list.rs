//! `GET /api/v1/tokens`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::token::Token;

operation!(Access::Role(Role::View));

/// The own API tokens.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    responses((status = 200, description = "The tokens, newest first; never their text", body = Vec<Token>))
)]
async fn handle() -> Result<Json<Vec<Token>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
