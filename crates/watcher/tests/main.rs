//! Tests of the watcher from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "main/absence.rs"]
mod absence;
#[path = "main/fake.rs"]
mod fake;
#[path = "main/file_errors.rs"]
mod file_errors;
#[path = "main/moto.rs"]
mod moto;
#[path = "main/scanning.rs"]
mod scanning;
#[path = "main/shared_list.rs"]
mod shared_list;
#[path = "main/technologies.rs"]
mod technologies;
