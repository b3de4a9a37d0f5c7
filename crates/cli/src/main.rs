//! The binary `security-monkey`: commands and composition, the only place that picks a store, a channel and a client.
#![expect(dead_code, reason = "the commands that use it follow")]

mod config;

fn main() {}
