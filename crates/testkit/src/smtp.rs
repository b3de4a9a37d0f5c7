//! A real mail server (aiosmtpd) in a process of its own, on a free port, that ends with the test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::python;

/// Serves until its standard input ends, so it dies with us even when we are killed.
const SERVE: &str = include_str!("smtp/serve.py");
/// What it prints when it is asked how far it has come.
const SO_FAR: &str = "\"so far\"";
/// How long to wait for what it prints.
const PATIENCE: Duration = Duration::from_mins(2);

/// How the server behaves.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SmtpOptions {
    /// Offers STARTTLS with a certificate for 127.0.0.1, and takes no mail before it.
    pub starttls: bool,
    /// Takes mail from this user with this password only.
    pub credentials: Option<(String, String)>,
    /// Answers these receivers so, `("full@example.com", "452 4.2.2 mailbox full")`.
    pub refuse: Vec<(String, String)>,
    /// Never answers after the connection is open.
    pub silent: bool,
}

/// A message the server took.
#[derive(Debug, Clone, Deserialize)]
pub struct ReceivedMail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's receivers.
    pub to: Vec<String>,
    /// Headers by lower-case name, decoded.
    pub headers: std::collections::BTreeMap<String, String>,
    /// The plain-text part, decoded.
    pub text: String,
    /// The HTML part, decoded.
    pub html: String,
    /// Whether it came through TLS.
    pub tls: bool,
    /// Who signed in.
    pub user: Option<String>,
}

#[derive(Deserialize)]
struct Ready {
    port: u16,
    certificate: Option<String>,
}

/// A running mail server. Dropping it stops it.
#[derive(Debug)]
pub struct SmtpServer {
    child: Child,
    /// Held open: its end is the server's signal to stop.
    stdin: Mutex<ChildStdin>,
    mails: Receiver<String>,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The authority (PEM) behind its certificate, with STARTTLS.
    pub certificate: Option<String>,
}

impl SmtpServer {
    /// Starts a server and waits until it listens.
    pub fn start(options: &SmtpOptions) -> anyhow::Result<Self> {
        let mut child = python::command()?
            .args(["-c", SERVE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("start the mail server")?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the mail server has no standard streams");
        };
        writeln!(stdin, "{}", serde_json::to_string(options)?).context("tell the mail server its options")?;
        let mut lines = BufReader::new(stdout);
        let mut first = String::new();
        lines.read_line(&mut first).context("read the mail server's port")?;
        let ready: Ready = match serde_json::from_str(&first) {
            Ok(ready) => ready,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the mail server did not start ({error}): {first}");
            }
        };
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for line in lines.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            stdin: Mutex::new(stdin),
            mails,
            port: ready.port,
            certificate: ready.certificate,
        })
    }

    /// The next message it took; waits two minutes at most: what comes late on a busy machine comes.
    pub fn next(&self) -> anyhow::Result<ReceivedMail> {
        parsed(&self.line()?)
    }

    /// All messages it took that nobody asked for yet. What it has acknowledged is among them: it is asked how far it has come.
    pub fn taken(&self) -> anyhow::Result<Vec<ReceivedMail>> {
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(stdin).context("ask the mail server how far it has come")?;
        drop(stdin);
        let mut mails = Vec::new();
        loop {
            let line = self.line()?;
            if line == SO_FAR {
                return Ok(mails);
            }
            mails.push(parsed(&line)?);
        }
    }

    fn line(&self) -> anyhow::Result<String> {
        self.mails.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow::anyhow!("no mail within two minutes"),
            RecvTimeoutError::Disconnected => anyhow::anyhow!("the mail server ended"),
        })
    }
}

fn parsed(line: &str) -> anyhow::Result<ReceivedMail> {
    serde_json::from_str(line).with_context(|| format!("the mail server printed {line}"))
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
