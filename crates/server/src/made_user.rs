//! Users made by the operator, outside the API: the first admin (a deployment without users could not be signed in to), and
//! what the command line asks for.

use security_monkey_engine::{Engine, EngineError};
use security_monkey_model::{Role, UserEmail};
use security_monkey_store::{Author, StoreError};

use crate::password::{HashError, HashingCost, hash_password, random_password};
use crate::randomness::{Randomness, RandomnessError};

/// A user who was just made, with the password to be shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeUser {
    /// Who.
    pub email: UserEmail,
    /// Their password.
    pub password: String,
}

/// A user could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeUserError {
    /// The store failed, or there is a user with the address.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The password could not be hashed.
    #[error("cannot hash a password: {0}")]
    Hashing(#[from] HashError),
    /// The password could not be made.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Makes an admin with this address if there is no user at all; `None`: there is one. Two processes that start at once make one.
pub async fn make_first_admin(
    engine: &Engine,
    email: &UserEmail,
    randomness: &dyn Randomness,
    cost: HashingCost,
) -> Result<Option<MadeUser>, MakeUserError> {
    let users = engine.store().users().await.map_err(EngineError::from)?;
    if !users.is_empty() {
        return Ok(None);
    }
    match make_user(engine, email, Role::Admin, randomness, cost).await {
        // Another process was quicker.
        Err(MakeUserError::Engine(EngineError::Store(StoreError::Conflict(_)))) => Ok(None),
        made => made.map(Some),
    }
}

/// Makes a user with a random password, in the operator's name.
pub async fn make_user(
    engine: &Engine,
    email: &UserEmail,
    role: Role,
    randomness: &dyn Randomness,
    cost: HashingCost,
) -> Result<MadeUser, MakeUserError> {
    let password = random_password(randomness)?;
    let hash = hash_password(&password, randomness, cost)?;
    engine.add_user(email, role, Some(&hash), &Author::System).await?;
    Ok(MadeUser {
        email: email.clone(),
        password,
    })
}

/// Gives a user a new random password, in the operator's name; their sessions end.
pub async fn reset_password(
    engine: &Engine,
    email: &UserEmail,
    randomness: &dyn Randomness,
    cost: HashingCost,
) -> Result<MadeUser, MakeUserError> {
    let password = random_password(randomness)?;
    let hash = hash_password(&password, randomness, cost)?;
    engine.set_password_hash(email, &hash, &Author::System).await?;
    Ok(MadeUser {
        email: email.clone(),
        password,
    })
}
