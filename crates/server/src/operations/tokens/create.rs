//! `POST /api/v1/tokens`

use security_monkey_model as model;
use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::failure::{engine_problem, store_problem};
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::randomness::random_token;
use crate::state::ServerState;
use crate::wire::token::Token;
use crate::wire::words::Role;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_model::Digest;

operation!(Access::Session(model::Role::View));

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// What for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
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
pub(crate) struct TokenWithText {
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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Json(body): Json<NewToken>,
) -> Result<(StatusCode, Json<TokenWithText>), Problem> {
    let name_length = body.name.trim().chars().count();
    if !(1..=LONGEST_NAME).contains(&name_length) {
        return Err(Problem::invalid(format!(
            "body: name: 1 to {LONGEST_NAME} characters are wanted"
        )));
    }
    let role = model::Role::from(body.role);
    if role > caller.role {
        return Err(Problem::new(
            Code::RoleTooLow,
            format!(
                "a token cannot do more than its owner, who has the role {}",
                caller.role.as_str()
            ),
        ));
    }
    if body.expires_at.is_some_and(|at| at <= state.now()) {
        return Err(Problem::invalid("body: expires_at: an instant in the future is wanted"));
    }
    let random = random_token(&*state.randomness).map_err(|error| Problem::internal(&error))?;
    let text = format!("smk_{random}");
    let id = state
        .engine
        .create_token(
            &Digest::of(text.as_bytes()),
            &caller.email,
            body.name.trim(),
            role,
            body.expires_at,
        )
        .await
        .map_err(engine_problem)?;
    let own = state.store.tokens(Some(&caller.email)).await.map_err(store_problem)?;
    let token = own.into_iter().find(|token| token.id == id);
    let token = token.ok_or_else(|| Problem::not_found("token", id))?.into();
    Ok((StatusCode::CREATED, Json(TokenWithText { token, text })))
}
