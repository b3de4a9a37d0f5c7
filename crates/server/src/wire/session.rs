//! The session as the browser sees it.

use security_monkey_model::{Timestamp, UserEmail};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::Role;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The user's e-mail address.
    #[schema(value_type = String)]
    pub email: UserEmail,
    /// What they may do.
    pub role: Role,
    /// Send this as `X-CSRF-Token` with every POST, PUT, PATCH and DELETE; null: an API token was used, which needs none.
    pub csrf_token: Option<String>,
    /// When the session ends at the latest; null: an API token was used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}
