//! Users, their sessions and tokens: known here by hashes only.

use security_monkey_model::{Digest, Role, Timestamp, UserEmail};
use security_monkey_store::user::Session;
use security_monkey_store::{Author, TokenId};

use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Adds a user; without a password hash (PHC form) they cannot sign in by password.
    pub async fn add_user(
        &self,
        email: &UserEmail,
        role: Role,
        password_hash: Option<&str>,
        by: &Author,
    ) -> Result<(), EngineError> {
        Ok(self
            .store()
            .add_user(email, role, password_hash, by, self.now())
            .await?)
    }

    /// Changes what a user may do.
    pub async fn set_role(&self, email: &UserEmail, role: Role, by: &Author) -> Result<(), EngineError> {
        Ok(self.store().set_role(email, role, by, self.now()).await?)
    }

    /// Replaces a user's password hash and ends all their sessions.
    pub async fn set_password_hash(&self, email: &UserEmail, hash: &str, by: &Author) -> Result<(), EngineError> {
        Ok(self.store().set_password_hash(email, hash, by, self.now()).await?)
    }

    /// Lets a user no longer sign in (ends their sessions, revokes their tokens), or lets them again.
    pub async fn set_disabled(&self, email: &UserEmail, disabled: bool, by: &Author) -> Result<(), EngineError> {
        Ok(self.store().set_disabled(email, disabled, by, self.now()).await?)
    }

    /// Keeps a session.
    pub async fn create_session(&self, session: &Session) -> Result<(), EngineError> {
        Ok(self.store().create_session(session).await?)
    }

    /// Notes that a session was used; at most once a minute per session, please.
    pub async fn touch_session(&self, token: &Digest) -> Result<(), EngineError> {
        Ok(self.store().touch_session(token, self.now()).await?)
    }

    /// Ends a session; fine when there is none.
    pub async fn delete_session(&self, token: &Digest) -> Result<(), EngineError> {
        Ok(self.store().delete_session(token).await?)
    }

    /// Ends all sessions of a user, except one if given.
    pub async fn delete_sessions_of(&self, user: &UserEmail, except: Option<&Digest>) -> Result<u64, EngineError> {
        Ok(self.store().delete_sessions_of(user, except).await?)
    }

    /// Keeps an API token by its digest.
    pub async fn create_token(
        &self,
        digest: &Digest,
        user: &UserEmail,
        name: &str,
        role: Role,
        expires_at: Option<Timestamp>,
    ) -> Result<TokenId, EngineError> {
        let at = self.now();
        Ok(self
            .store()
            .create_token(digest, user, name, role, expires_at, at)
            .await?)
    }

    /// Notes that a token was used; at most once a minute per token, please.
    pub async fn touch_token(&self, id: TokenId) -> Result<(), EngineError> {
        Ok(self.store().touch_token(id, self.now()).await?)
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, id: TokenId) -> Result<(), EngineError> {
        Ok(self.store().revoke_token(id, self.now()).await?)
    }
}
