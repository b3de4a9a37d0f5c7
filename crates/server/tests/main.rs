//! The server from outside: a router over a real store and engine, called as browsers and scripts call it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod main {
    mod access;
    mod accounts;
    mod decisions;
    mod fixture;
    mod frame;
    mod generated_openapi;
    mod lists;
    mod mishaps;
    mod people;
    mod resources;
    mod rubbish;
    mod sessions;
    mod socket;
    mod subscriptions;
}
