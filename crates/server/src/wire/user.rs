//! Users as admins see them.

use security_monkey_model::{Timestamp, UserEmail};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::Role;
use crate::failure::store_problem;
use crate::problem::Problem;
use crate::state::ServerState;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Their e-mail address: their identity here.
    #[schema(value_type = String, example = "ada@example.com")]
    pub email: UserEmail,
    /// What they may do.
    pub role: Role,
    /// Since when they may not sign in; null: they may.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<security_monkey_store::user::User> for User {
    fn from(user: security_monkey_store::user::User) -> Self {
        Self {
            email: user.email,
            role: user.role.into(),
            disabled_at: user.disabled_at,
            created_at: user.created_at,
        }
    }
}

/// A user and the password made for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserWithPassword {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// Their password, shown this once.
    pub password: String,
}

impl User {
    /// The user as they are now.
    pub(crate) async fn load(state: &ServerState, email: &UserEmail) -> Result<Self, Problem> {
        let found = state.store.user(email).await.map_err(store_problem)?;
        found.map(Self::from).ok_or_else(|| Problem::not_found("user", email))
    }
}
