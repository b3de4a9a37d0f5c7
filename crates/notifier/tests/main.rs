//! The channels against real servers.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its supporting functions too"
)]

mod main {
    mod message;
    mod smtp;
    mod webhook;
}
