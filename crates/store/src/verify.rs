//! Whether the history is what was recorded.

use crate::{Result, Store, StoreError};

/// How far verification has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Chain entries checked.
    pub done: u64,
    /// Chain entries in all.
    pub total: u64,
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Revisions checked.
    pub revisions: u64,
    /// Decisions checked.
    pub decisions: u64,
    /// Chain entries checked.
    pub chain_entries: u64,
    /// The hash of the newest entry, in hexadecimal: note it elsewhere, and a later verification proves that nothing before it was rewritten.
    pub head: String,
    /// What is wrong, first places first; at most 100 are named. Empty: the history is as it was recorded.
    pub problems: Vec<Problem>,
}

/// One place where the history is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Problem {
    /// Where: "revision 17 of 111111111111 eu-west-1 aws.ec2.security-group sg-1", "chain entry 4".
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl Store {
    /// Checks the whole history end to end: every revision's body against its digest, every revision and decision against its
    /// chain entry, and the chain itself.
    pub async fn verify(&self, progress: &mut (dyn FnMut(VerifyProgress) + Send)) -> Result<VerifyReport> {
        let _ = progress;
        Err(StoreError::NotYet)
    }
}
