//! API tokens, known by their hashes only.

use security_monkey_model::{Digest, Role, Timestamp, UserEmail};

use crate::user::User;
use crate::{Result, Store, StoreError, TokenId};

/// A token for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its number.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserEmail,
    /// What its owner calls it.
    pub name: String,
    /// The most it may do; never more than its owner.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none: when it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, as of the last [`Store::touch_token`].
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a token by its digest.
    pub async fn create_token(
        &self,
        digest: &Digest,
        user: &UserEmail,
        name: &str,
        role: Role,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<TokenId> {
        let _ = (digest, user, name, role, expires_at, at);
        Err(StoreError::NotYet)
    }

    /// A token in force and its owner; none: unknown, revoked, past its end, or of a disabled user.
    pub async fn token(&self, digest: &Digest, at: Timestamp) -> Result<Option<(ApiToken, User)>> {
        let _ = (digest, at);
        Err(StoreError::NotYet)
    }

    /// Tokens of a user (none: of all), newest first.
    pub async fn tokens(&self, user: Option<&UserEmail>) -> Result<Vec<ApiToken>> {
        let _ = user;
        Err(StoreError::NotYet)
    }

    /// Notes that a token was used. Call it at most once a minute per token: it is a write.
    pub async fn touch_token(&self, id: TokenId, at: Timestamp) -> Result<()> {
        let _ = (id, at);
        Err(StoreError::NotYet)
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, id: TokenId, at: Timestamp) -> Result<()> {
        let _ = (id, at);
        Err(StoreError::NotYet)
    }
}
