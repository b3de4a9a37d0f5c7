//! Failures of the parts, as problems.

use security_monkey_engine::EngineError;
use security_monkey_store::StoreError;

use crate::problem::{Code, Problem};

/// What a failure of the store means to the caller. Details of ours go to the log.
pub(crate) fn store_problem(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable { .. } => {
            tracing::warn!(cause = %error, "database unavailable");
            let mut problem = Problem::new(
                Code::StoreUnavailable,
                "the database does not answer; nothing was changed, try again",
            );
            problem.retry_after_seconds = Some(5);
            problem
        }
        StoreError::Full { .. } => {
            tracing::error!(cause = %error, "database full");
            Problem::new(
                Code::StorageFull,
                "the database's disk is full; nothing was changed; an operator must free space",
            )
        }
        StoreError::Conflict(detail) => Problem::new(Code::Conflict, detail),
        StoreError::NotFound(what) => Problem::new(Code::NotFound, format!("there is no {what}")),
        // The store names a tampered cursor; a test holds the wording.
        StoreError::InvalidRequest(detail) if detail.contains("cursor") => Problem::new(Code::InvalidCursor, detail),
        StoreError::InvalidRequest(detail) => Problem::invalid(detail),
        other => Problem::internal(&other),
    }
}

/// What a failure of the engine means to the caller.
pub(crate) fn engine_problem(error: EngineError) -> Problem {
    match error {
        EngineError::Store(error) => store_problem(error),
        EngineError::Delivery(_) => Problem::new(Code::DeliveryFailed, error.to_string()),
        EngineError::UnknownRule(_) => Problem::new(Code::NotFound, error.to_string()),
        EngineError::InvalidTarget(_)
        | EngineError::UnknownChannel { .. }
        | EngineError::UnknownTechnology(_)
        | EngineError::NotWatched(_)
        | EngineError::InvalidRequest(_) => Problem::invalid(error.to_string()),
    }
}
