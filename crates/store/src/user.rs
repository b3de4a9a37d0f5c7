//! Users and their sessions. Tokens and passwords are known here by their hashes only.

use security_monkey_model::{Digest, Role, Timestamp, UserEmail};

use crate::{Author, Result, Store, StoreError};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub email: UserEmail,
    /// What they may do.
    pub role: Role,
    /// Their password's hash in PHC form; none: they cannot sign in by password.
    pub password_hash: Option<String>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Digest of its token: its key.
    pub token: Digest,
    /// Digest of its CSRF token.
    pub csrf: Digest,
    /// Whose it is.
    pub user: UserEmail,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as of the last [`Store::touch_session`].
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Store {
    /// All users, by address.
    pub async fn users(&self) -> Result<Vec<User>> {
        Err(StoreError::NotYet)
    }

    /// One user.
    pub async fn user(&self, email: &UserEmail) -> Result<Option<User>> {
        let _ = email;
        Err(StoreError::NotYet)
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one with the address.
    pub async fn add_user(
        &self,
        email: &UserEmail,
        role: Role,
        password_hash: Option<&str>,
        by: &Author,
        at: Timestamp,
    ) -> Result<()> {
        let _ = (email, role, password_hash, by, at);
        Err(StoreError::NotYet)
    }

    /// Changes what a user may do.
    pub async fn set_role(&self, email: &UserEmail, role: Role, by: &Author, at: Timestamp) -> Result<()> {
        let _ = (email, role, by, at);
        Err(StoreError::NotYet)
    }

    /// Replaces a user's password hash and ends all their sessions.
    pub async fn set_password_hash(&self, email: &UserEmail, hash: &str, by: &Author, at: Timestamp) -> Result<()> {
        let _ = (email, hash, by, at);
        Err(StoreError::NotYet)
    }

    /// Lets a user no longer sign in (ends their sessions, revokes their tokens), or lets them again.
    pub async fn set_disabled(&self, email: &UserEmail, disabled: bool, by: &Author, at: Timestamp) -> Result<()> {
        let _ = (email, disabled, by, at);
        Err(StoreError::NotYet)
    }

    /// Keeps a session.
    pub async fn create_session(&self, session: &Session) -> Result<()> {
        let _ = session;
        Err(StoreError::NotYet)
    }

    /// A session and its user; none: unknown, past its end, or of a disabled user.
    pub async fn session(&self, token: &Digest, at: Timestamp) -> Result<Option<(Session, User)>> {
        let _ = (token, at);
        Err(StoreError::NotYet)
    }

    /// Notes that a session was used. Call it at most once a minute per session: it is a write.
    pub async fn touch_session(&self, token: &Digest, at: Timestamp) -> Result<()> {
        let _ = (token, at);
        Err(StoreError::NotYet)
    }

    /// Ends a session; fine when there is none.
    pub async fn delete_session(&self, token: &Digest) -> Result<()> {
        let _ = token;
        Err(StoreError::NotYet)
    }

    /// Ends all sessions of a user, except one if given.
    pub async fn delete_sessions_of(&self, user: &UserEmail, except: Option<&Digest>) -> Result<u64> {
        let _ = (user, except);
        Err(StoreError::NotYet)
    }

    /// Forgets sessions past their end.
    pub async fn prune_sessions(&self, at: Timestamp) -> Result<u64> {
        let _ = at;
        Err(StoreError::NotYet)
    }
}
