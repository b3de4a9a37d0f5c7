//! Tests of the watcher from outside.

#[path = "main/fake.rs"]
mod fake;
#[path = "main/file_errors.rs"]
mod file_errors;
#[path = "main/scanning.rs"]
mod scanning;
#[path = "main/technologies.rs"]
mod technologies;
