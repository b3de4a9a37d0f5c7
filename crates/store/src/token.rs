//! API tokens, known by their hashes only.

use security_monkey_model::{Digest, Role, Timestamp, UserEmail};

use crate::db::{Builder, Row, Statement, statements};
use crate::user::{User, read_user};
use crate::{Result, Store, StoreError, TokenId};

statements! {
    CREATE = "insert into api_token (digest, email, name, role, created_at, expires_at)
        select $1, email, $3, $4, $5, $6 from app_user where email = $2 returning id";
    TOKEN = "select api_token.id, api_token.email, name, api_token.role as token_role, api_token.created_at as token_created_at,
        expires_at, used_at, revoked_at, app_user.role, password_hash, disabled_at, app_user.created_at
        from api_token join app_user on app_user.email = api_token.email
        where digest = $1 and revoked_at is null and (expires_at is null or expires_at > $2) and disabled_at is null";
    TOUCH = "update api_token set used_at = $2 where id = $1";
    REVOKE = "update api_token set revoked_at = coalesce(revoked_at, $2) where id = $1";
}

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

fn read_token(row: &Row) -> Result<ApiToken> {
    Ok(ApiToken {
        id: TokenId(row.integer("id")?),
        user: row.id("email")?,
        name: row.text("name")?,
        role: row.word("token_role", Role::parse)?,
        created_at: row.time("token_created_at")?,
        expires_at: row.optional_time("expires_at")?,
        used_at: row.optional_time("used_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
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
        let mut transaction = self.db.begin().await?;
        let create = Statement::of(CREATE)
            .bind(digest)
            .bind(user.as_str())
            .bind(name)
            .bind(role.as_str())
            .bind(at)
            .bind(expires_at);
        let Some(row) = transaction.fetch_optional(create).await? else {
            return Err(StoreError::NotFound(format!("user {user}")));
        };
        let id = TokenId(row.integer("id")?);
        transaction.commit().await?;
        Ok(id)
    }

    /// A token in force and its owner; none: unknown, revoked, past its end, or of a disabled user.
    pub async fn token(&self, digest: &Digest, at: Timestamp) -> Result<Option<(ApiToken, User)>> {
        let Some(row) = self
            .db
            .fetch_optional(Statement::of(TOKEN).bind(digest).bind(at))
            .await?
        else {
            return Ok(None);
        };
        Ok(Some((read_token(&row)?, read_user(&row)?)))
    }

    /// Tokens of a user (none: of all), newest first.
    pub async fn tokens(&self, user: Option<&UserEmail>) -> Result<Vec<ApiToken>> {
        let mut query = Builder::new(
            "select id, email, name, role as token_role, created_at as token_created_at, expires_at, used_at, revoked_at from api_token",
        );
        if let Some(user) = user {
            query.condition("email = ").value(user.as_str());
        }
        let rows = self.db.fetch(query.push(" order by id desc").build()).await?;
        rows.iter().map(read_token).collect()
    }

    /// Notes that a token was used. Call it at most once a minute per token: it is a write.
    pub async fn touch_token(&self, id: TokenId, at: Timestamp) -> Result<()> {
        self.db
            .execute(Statement::of(TOUCH).bind(id).bind(at))
            .await
            .map(|_| ())
    }

    /// Revokes a token; fine when it was revoked before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn revoke_token(&self, id: TokenId, at: Timestamp) -> Result<()> {
        match self.db.execute(Statement::of(REVOKE).bind(id).bind(at)).await? {
            0 => Err(StoreError::NotFound(format!("token {id}"))),
            _ => Ok(()),
        }
    }
}
