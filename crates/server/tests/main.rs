//! The server from outside: a router over a real store, called as browsers and scripts call it.

mod main {
    mod generated_openapi;
}
