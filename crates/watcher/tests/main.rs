//! Tests of the watcher from outside.

#[path = "main/technologies.rs"]
mod technologies;
