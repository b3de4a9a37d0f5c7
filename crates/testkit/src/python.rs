//! The Python of the tests: botocore, boto3, moto and aiosmtpd in `.venv` at the workspace root.
//!
//! It is made by `tests/setup/python.sh` from pinned versions. Missing is a failure with the command to run, never a
//! skipped test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The root of the workspace this crate was compiled in.
pub fn workspace_root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// A command of the tests' Python, with no AWS setting of the developer's shell in its environment: fake credentials,
/// region us-east-1, no instance metadata, no configuration files.
pub fn command() -> anyhow::Result<Command> {
    let executable = workspace_root().join(".venv/bin/python");
    if !executable.exists() {
        bail!(
            "{} is missing; run tests/setup/python.sh once to make it",
            executable.display()
        );
    }
    let mut command = Command::new(executable);
    for name in [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "HTTP_PROXY",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// Runs a script of the workspace (`path` is relative to its root) to its end, and returns what it printed.
pub fn run(path: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command()?
        .arg(workspace_root().join(path))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start {path}"))?;
    if !output.status.success() {
        bail!("{path}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{path} printed something that is not UTF-8"))
}
