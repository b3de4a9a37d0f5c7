//! Random bytes as a parameter: session tokens, API tokens, one-time passwords, request ids.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct RandomnessError;

/// Where random bytes come from. Implement it with a cryptographically secure source; a seeded one is for tests.
pub trait Randomness: Send + Sync + std::fmt::Debug {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError>;
}

/// The operating system's source. Constructed in the composition (`cli`) only.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        rand::rngs::OsRng.try_fill_bytes(bytes).map_err(|_| RandomnessError)
    }
}

/// 256 random bits as 43 URL-safe characters.
pub fn random_token(randomness: &dyn Randomness) -> Result<String, RandomnessError> {
    let mut bytes = [0_u8; 32];
    randomness.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
