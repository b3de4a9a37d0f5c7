//! The crate against real servers: one in this process that answers as a test says, and a fake AWS; and against botocore.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod main {
    mod client_faults;
    mod client_limits;
    mod client_moto;
    mod client_record;
    mod client_session;
    mod client_signature;
    mod client_sources;
    mod client_tunnel;
    mod parity;
    mod server;
}
