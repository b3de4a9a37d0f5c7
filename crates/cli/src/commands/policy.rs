//! `policy`: questions about IAM policies.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::arguments::Policy;

pub(super) fn run(action: &Policy) -> anyhow::Result<ExitCode> {
    let _ = action;
    anyhow::bail!("not wired yet")
}

/// The text of FILE, or of stdin for `-`.
#[expect(dead_code, reason = "the questions follow")]
fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("read stdin")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}
