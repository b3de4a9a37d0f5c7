//! Passwords: argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane; Password Storage Cheat Sheet,
//! 2025), checked off the async threads and at most two at a time, so that sign-ins cannot take the machine's memory.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::problem::{Code, Problem};
use crate::randomness::{Randomness, RandomnessError};

/// The shortest password accepted, in characters.
pub const SHORTEST: usize = 12;
/// The longest password accepted, in characters: hashing is linear in it.
pub const LONGEST: usize = 1024;

/// What hashing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for HashingCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

/// A password could not be hashed or checked; never the password's fault.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// No salt.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// The algorithm refused.
    #[error("argon2 failed: {0}")]
    Argon2(String),
}

/// Hashes a password to its PHC form, `$argon2id$v=19$…`. Blocks for some 20 ms.
pub fn hash_password(password: &str, randomness: &dyn Randomness, cost: HashingCost) -> Result<String, HashError> {
    let mut salt = [0_u8; 16];
    randomness.fill(&mut salt)?;
    let params =
        Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| HashError::Argon2(error.to_string()))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| HashError::Argon2(error.to_string()))
}

/// Whether the password belongs to the hash. Blocks as long as hashing.
fn is_password_of(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Refuses passwords too short to keep and too long to hash.
pub fn check_strength(password: &str) -> Result<(), Problem> {
    let length = password.chars().count();
    if (SHORTEST..=LONGEST).contains(&length) {
        Ok(())
    } else {
        Err(Problem::new(
            Code::WeakPassword,
            format!("a password has {SHORTEST} to {LONGEST} characters, this one has {length}"),
        ))
    }
}

/// A random password people can type: 100 bits as five groups of letters and digits that are not mistaken for others.
pub fn random_password(randomness: &dyn Randomness) -> Result<String, RandomnessError> {
    // 32 characters, so each takes five bits without bias.
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    randomness.fill(&mut bytes)?;
    let mut text = String::with_capacity(24);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(text)
}

/// Checks and makes hashes for the handlers, off the async threads.
#[derive(Debug, Clone)]
pub(crate) struct PasswordHasher {
    randomness: Arc<dyn Randomness>,
    cost: HashingCost,
    permits: Arc<Semaphore>,
    /// The hash of a password nobody has: an unknown user costs the same time as a known one.
    decoy: Arc<str>,
}

impl PasswordHasher {
    pub(crate) fn new(randomness: Arc<dyn Randomness>, cost: HashingCost) -> Result<Self, HashError> {
        let nobody = crate::randomness::random_token(&*randomness)?;
        let decoy = hash_password(&nobody, &*randomness, cost)?.into();
        Ok(Self {
            randomness,
            cost,
            permits: Arc::new(Semaphore::new(2)),
            decoy,
        })
    }

    /// Whether the password belongs to the hash; `None` takes as long as a wrong password.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let hash = hash.unwrap_or_else(|| self.decoy.as_ref().to_owned());
        let is_known = hash.as_str() != &*self.decoy;
        let is_right = self.blocking(move || is_password_of(&password, &hash)).await?;
        Ok(is_right && is_known)
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        let (randomness, cost) = (Arc::clone(&self.randomness), self.cost);
        self.blocking(move || hash_password(&password, &*randomness, cost))
            .await?
            .map_err(|error| Problem::internal(&error))
    }

    /// A fresh password and its hash.
    pub(crate) async fn make(&self) -> Result<(String, String), Problem> {
        let password = random_password(&*self.randomness).map_err(|error| Problem::internal(&error))?;
        let hash = self.hash(password.clone()).await?;
        Ok((password, hash))
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| Problem::internal(&error))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|error| Problem::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::SystemRandomness;

    const CHEAP: HashingCost = HashingCost {
        memory_kib: 64,
        passes: 1,
    };

    #[test]
    fn a_hash_recognises_its_password_only() {
        let hash = hash_password("correct horse battery", &SystemRandomness, CHEAP).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(is_password_of("correct horse battery", &hash));
        assert!(!is_password_of("correct horse batterz", &hash));
        assert!(!is_password_of("", "not a hash"));
    }

    #[test]
    fn a_made_password_is_accepted_and_never_the_same() {
        let made = random_password(&SystemRandomness).unwrap();
        assert_eq!(made.len(), 24);
        assert!(check_strength(&made).is_ok());
        assert_ne!(made, random_password(&SystemRandomness).unwrap());
    }

    #[test]
    fn the_default_cost_is_that_of_owasp() {
        let hash = hash_password("x", &SystemRandomness, HashingCost::default()).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}
