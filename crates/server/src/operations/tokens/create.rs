//! `POST /api/v1/tokens`

use security_monkey_model as model;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::token::Token;
use crate::wire::words::Role;

operation!(Access::Session(model::Role::View));

/// What for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do: not more than its owner.
    pub role: Role,
    /// When it ends; null or left out: when it is revoked.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// The new token, with its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokenWithText {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// Its text, shown this once.
    pub text: String,
}

/// Make an API token. Its text is in the answer, this once; use it as `Authorization: Bearer <text>`.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    operation_id = "createToken",
    tag = "tokens",
    request_body = NewToken,
    responses((status = 201, description = "The token with its text", body = TokenWithText))
)]
async fn handle(_: Json<NewToken>) -> Result<Json<TokenWithText>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
