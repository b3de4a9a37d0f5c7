//! How long a rule may take: processor time of its thread, which a busy machine does not use up.
//!
//! The engine can only stop by the time that passed. So a rule that was stopped without having had its processor time is asked again, with
//! twice the time to pass.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::EvaluationError;

/// Processor time that this thread has used.
pub(super) fn processor_time() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

/// Lets `attempt` run, for the given time to pass, until it is done or has had `limit` of the time that `clock` tells.
pub(super) fn within<T>(
    limit: Duration,
    clock: impl Fn() -> Duration,
    mut attempt: impl FnMut(Duration) -> Result<T, EvaluationError>,
) -> Result<T, EvaluationError> {
    let mut may_pass = limit;
    loop {
        let before = clock();
        match attempt(may_pass) {
            Err(EvaluationError::TooLong) if clock().saturating_sub(before) < limit => {}
            result => return result,
        }
        may_pass = may_pass.saturating_mul(2);
    }
}
