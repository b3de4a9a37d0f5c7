//! A fake AWS: a moto server in a process of its own, on a free port, that ends with the test.
//!
//! moto keeps accounts apart by the credentials of the request: those of `AssumeRole` on
//! `arn:aws:iam::222222222222:role/…` act in account 222222222222, all others in [`DEFAULT_ACCOUNT`].

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, Stdio};

use anyhow::{Context as _, bail};

use crate::python;

/// The account that credentials act in which did not come from `AssumeRole`.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// Serves until its standard input ends, so it dies with us even when we are killed.
const SERVE: &str = "
import logging, sys
logging.getLogger('werkzeug').setLevel(logging.ERROR)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
";

/// A running moto server. Dropping it stops it.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    /// Held open: its end is the server's signal to stop.
    _stdin: ChildStdin,
    url: String,
}

impl Moto {
    /// Starts a server with an empty estate and waits until it answers.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these settings, `("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")`.
    pub fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut child = python::command()?
            .args(["-c", SERVE])
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("start moto")?;
        let (Some(stdin), Some(stdout), Some(mut stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            bail!("moto has no standard streams");
        };
        // Drained by a thread of its own, or the server would block on a full pipe; ends with the process.
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut port = String::new();
        BufReader::new(stdout)
            .read_line(&mut port)
            .context("read moto's port")?;
        let Ok(port) = port.trim().parse::<u16>() else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("moto did not start: {}", errors.join().unwrap_or_default());
        };
        Ok(Self {
            child,
            _stdin: stdin,
            url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Where it answers, without a slash at the end: for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a script of the workspace against it (`AWS_ENDPOINT_URL` is set for boto3), and returns what it printed.
    pub fn run(&self, path: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = python::command()?
            .env("AWS_ENDPOINT_URL", &self.url)
            .arg(python::workspace_root().join(path))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {path}"))?;
        if !output.status.success() {
            bail!("{path}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).with_context(|| format!("{path} printed something that is not UTF-8"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
