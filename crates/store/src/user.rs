//! Users and their sessions. Tokens and passwords are known here by their hashes only.

use security_monkey_model::{Digest, Role, Timestamp, UserEmail};

use crate::chain::Leaves;
use crate::db::{Builder, Row, Statement, Transaction, statements};
use crate::decision::{DecisionKind, NewDecision};
use crate::subscription::SERVED;
use crate::{Author, Result, Store, StoreError};

statements! {
    USERS = "select email, role, password_hash, disabled_at, created_at from app_user order by email";
    USER = "select email, role, password_hash, disabled_at, created_at from app_user where email = $1";
    ADD = "insert into app_user (email, role, password_hash, created_at) values ($1, $2, $3, $4) on conflict (email) do nothing";
    SET_ROLE = "update app_user set role = $2 where email = $1";
    SET_PASSWORD = "update app_user set password_hash = $2 where email = $1";
    SET_DISABLED = "update app_user set disabled_at = $2 where email = $1";
    END_SESSIONS = "delete from session where email = $1";
    REVOKE_TOKENS = "update api_token set revoked_at = $2 where email = $1 and revoked_at is null";
    CREATE_SESSION = "insert into session (token, csrf, email, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6)";
    SESSION = "select csrf, session.email, session.created_at as session_created_at, seen_at, expires_at, role, password_hash,
        disabled_at, app_user.created_at from session join app_user on app_user.email = session.email
        where token = $1 and expires_at > $2 and disabled_at is null";
    TOUCH_SESSION = "update session set seen_at = $2 where token = $1 and seen_at < $2";
    DELETE_SESSION = "delete from session where token = $1";
    DELETE_SESSIONS = "delete from session where email = $1 and token <> $2";
    PRUNE_SESSIONS = "delete from session where expires_at <= $1";
}

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

pub(crate) fn read_user(row: &Row) -> Result<User> {
    Ok(User {
        email: row.id("email")?,
        role: row.word("role", Role::parse)?,
        password_hash: row.optional_text("password_hash")?,
        disabled_at: row.optional_time("disabled_at")?,
        created_at: row.time("created_at")?,
    })
}

/// Logs what was done to a user, and ends the transaction.
async fn log(
    mut transaction: Transaction,
    email: &UserEmail,
    change: serde_json::Value,
    by: &Author,
    at: Timestamp,
) -> Result<()> {
    let body = serde_json::json!({ "user": email, "change": change });
    let decision = NewDecision::about(DecisionKind::UserChanged, body);
    transaction.decide(by, at, vec![decision], Leaves::default()).await?;
    transaction.commit().await
}

/// Runs a statement that changes a user, who must exist.
async fn change(transaction: &mut Transaction, email: &UserEmail, statement: Statement) -> Result<()> {
    match transaction.execute(statement).await? {
        0 => Err(StoreError::NotFound(format!("user {email}"))),
        _ => Ok(()),
    }
}

/// Forgets what waits for somebody who may no longer hear it: it would wait for ever, or come years late.
async fn drop_deliveries(transaction: &mut Transaction, email: &UserEmail) -> Result<()> {
    let mut query = Builder::new(
        "delete from delivery where state = 'pending' and subscription in (select id from subscription where subscription.email = ",
    );
    query
        .value(email.as_str())
        .push(" and subscription.is_enabled = 1 and not (")
        .push(SERVED)
        .push("))");
    transaction.execute(query.build()).await.map(|_| ())
}

impl Store {
    /// All users, by address.
    pub async fn users(&self) -> Result<Vec<User>> {
        let rows = self.db.fetch(Statement::of(USERS)).await?;
        rows.iter().map(read_user).collect()
    }

    /// One user.
    pub async fn user(&self, email: &UserEmail) -> Result<Option<User>> {
        let row = self.db.fetch_optional(Statement::of(USER).bind(email.as_str())).await?;
        row.as_ref().map(read_user).transpose()
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
        let mut transaction = self.db.begin().await?;
        let add = Statement::of(ADD)
            .bind(email.as_str())
            .bind(role.as_str())
            .bind(password_hash)
            .bind(at);
        if transaction.execute(add).await? == 0 {
            return Err(StoreError::Conflict(format!("there is a user {email} already")));
        }
        log(
            transaction,
            email,
            serde_json::json!({ "added": { "role": role } }),
            by,
            at,
        )
        .await
    }

    /// Changes what a user may do. Subscriptions that the role does not permit rest from then on.
    pub async fn set_role(&self, email: &UserEmail, role: Role, by: &Author, at: Timestamp) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let set = Statement::of(SET_ROLE).bind(email.as_str()).bind(role.as_str());
        change(&mut transaction, email, set).await?;
        drop_deliveries(&mut transaction, email).await?;
        log(transaction, email, serde_json::json!({ "role": role }), by, at).await
    }

    /// Replaces a user's password hash and ends all their sessions. Where somebody else does it, their tokens are revoked as well:
    /// a password is reset for them when it, or what they held, may be in other hands.
    pub async fn set_password_hash(&self, email: &UserEmail, hash: &str, by: &Author, at: Timestamp) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let set = Statement::of(SET_PASSWORD).bind(email.as_str()).bind(hash);
        change(&mut transaction, email, set).await?;
        transaction
            .execute(Statement::of(END_SESSIONS).bind(email.as_str()))
            .await?;
        if *by != Author::User(email.clone()) {
            transaction
                .execute(Statement::of(REVOKE_TOKENS).bind(email.as_str()).bind(at))
                .await?;
        }
        log(transaction, email, serde_json::json!("password"), by, at).await
    }

    /// Lets a user no longer sign in (ends their sessions, revokes their tokens, their subscriptions rest), or lets them again.
    pub async fn set_disabled(&self, email: &UserEmail, disabled: bool, by: &Author, at: Timestamp) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let set = Statement::of(SET_DISABLED)
            .bind(email.as_str())
            .bind(Some(at).filter(|_| disabled));
        change(&mut transaction, email, set).await?;
        if disabled {
            transaction
                .execute(Statement::of(END_SESSIONS).bind(email.as_str()))
                .await?;
            transaction
                .execute(Statement::of(REVOKE_TOKENS).bind(email.as_str()).bind(at))
                .await?;
            drop_deliveries(&mut transaction, email).await?;
        }
        log(transaction, email, serde_json::json!({ "disabled": disabled }), by, at).await
    }

    /// Keeps a session.
    pub async fn create_session(&self, session: &Session) -> Result<()> {
        let create = Statement::of(CREATE_SESSION)
            .bind(&session.token)
            .bind(&session.csrf)
            .bind(session.user.as_str())
            .bind(session.created_at)
            .bind(session.seen_at)
            .bind(session.expires_at);
        self.db.execute(create).await.map(|_| ())
    }

    /// A session and its user; none: unknown, past its end, or of a disabled user.
    pub async fn session(&self, token: &Digest, at: Timestamp) -> Result<Option<(Session, User)>> {
        let Some(row) = self
            .db
            .fetch_optional(Statement::of(SESSION).bind(token).bind(at))
            .await?
        else {
            return Ok(None);
        };
        let session = Session {
            token: *token,
            csrf: row.digest("csrf")?,
            user: row.id("email")?,
            created_at: row.time("session_created_at")?,
            seen_at: row.time("seen_at")?,
            expires_at: row.time("expires_at")?,
        };
        Ok(Some((session, read_user(&row)?)))
    }

    /// Notes that a session was used. Call it at most once a minute per session: it is a write.
    pub async fn touch_session(&self, token: &Digest, at: Timestamp) -> Result<()> {
        self.db
            .execute(Statement::of(TOUCH_SESSION).bind(token).bind(at))
            .await
            .map(|_| ())
    }

    /// Ends a session; fine when there is none.
    pub async fn delete_session(&self, token: &Digest) -> Result<()> {
        self.db
            .execute(Statement::of(DELETE_SESSION).bind(token))
            .await
            .map(|_| ())
    }

    /// Ends all sessions of a user, except one if given.
    pub async fn delete_sessions_of(&self, user: &UserEmail, except: Option<&Digest>) -> Result<u64> {
        let nothing = Digest::of(b"");
        let delete = Statement::of(DELETE_SESSIONS)
            .bind(user.as_str())
            .bind(except.unwrap_or(&nothing));
        self.db.execute(delete).await
    }

    /// Forgets sessions past their end.
    pub async fn prune_sessions(&self, at: Timestamp) -> Result<u64> {
        self.db.execute(Statement::of(PRUNE_SESSIONS).bind(at)).await
    }
}
