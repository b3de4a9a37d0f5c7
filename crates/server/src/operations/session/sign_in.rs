//! `POST /api/v1/session`

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::session::Session;

operation!(Access::Public);

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The user's e-mail address.
    pub email: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// Sign in.
///
/// Sets the session cookie. After too many failures for an address or a user it answers 429 with `Retry-After`.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "signIn",
    tag = "session",
    request_body = SignIn,
    responses((status = 200, description = "Signed in; the cookie is set", body = Session))
)]
async fn handle(_: Json<SignIn>) -> Result<Json<Session>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
