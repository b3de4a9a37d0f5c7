//! Instants that lie ahead: a clock that was wrong once must not stop anything for as long as it was wrong.

use std::time::Duration;

use security_monkey_model::Timestamp;

use crate::jitter::after;

/// How far the clocks of processes that share a store may be apart.
const TOLERANCE: Duration = Duration::from_mins(5);

/// Whether something that is said to have happened lies so far ahead that a clock was wrong: nothing can be concluded from it.
pub(crate) fn is_ahead(happened: Timestamp, now: Timestamp) -> bool {
    happened > after(now, TOLERANCE)
}
