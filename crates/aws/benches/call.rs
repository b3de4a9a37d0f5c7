//! CPU time of one call against a server in this process that answers at once: `cargo bench -p security-monkey-aws --bench call`.
//!
//! Not criterion: it measures wall time, which would hold the server's share. Here the client has a thread of its own, and
//! the kernel says how long that ran (Linux).

#[path = "../tests/main/server.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with the tests, which need more of it"
)]
mod server;

use security_monkey_aws::{Api as _, Call};
use server::{Reply, Server, client};

const CALLS: u32 = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server_runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let keys: Vec<_> = (0..10)
        .map(|n| serde_json::json!({"KeyId": format!("{n:032}"), "KeyArn": "arn"}))
        .collect();
    let body = serde_json::json!({"Keys": keys, "Truncated": false}).to_string();
    let server = server_runtime.block_on(Server::scripted(vec![Reply::json(200, &body)]));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = client(&server.url).await;
        let call = || client.call("us-east-1", Call::new("kms", "ListKeys"));
        for _ in 0..100 {
            call().await?;
        }
        let before = cpu_nanoseconds()?;
        for _ in 0..CALLS {
            call().await?;
        }
        let used = cpu_nanoseconds()? - before;
        println!(
            "{CALLS} calls: {} µs of CPU per call in the client's thread",
            used / 1_000 / u64::from(CALLS)
        );
        Ok(())
    })
}

/// CPU time of this thread so far: the first field of schedstat.
fn cpu_nanoseconds() -> Result<u64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().ok_or("empty schedstat")?.parse()?)
}
