//! The built binary, run as a person runs it: found beside the test binaries, with a clean environment.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use security_monkey_testkit::python::workspace_root;

/// `target/<profile>/security-monkey`: `cargo nextest run --workspace` builds it for the tests beside the command line.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("target/<profile>/deps/<test>");
    let binary = folder.join("security-monkey");
    assert!(
        binary.exists(),
        "{} is missing; run `cargo build --workspace` (make test does)",
        binary.display()
    );
    binary
}

/// The Python of the tests.
pub(crate) fn python() -> PathBuf {
    let python = workspace_root().join(".venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing; run tests/setup/python.sh",
        python.display()
    );
    python
}

/// Runs a script in the Python of the tests; returns what it printed.
pub(crate) fn run_python(script: &str, arguments: &[&str]) -> String {
    let output = Command::new(python())
        .args(["-c", script])
        .args(arguments)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .output()
        .expect("start Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// `kill` with this signal.
pub(crate) fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status()
        .expect("kill");
    assert!(sent.success());
}

/// Writes a file of the user's below `folder`.
pub(crate) fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("make");
    std::fs::write(path, text).expect("write");
}

/// A command of the product in `folder`, with nothing of the developer's environment.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// The same, reaching a fake AWS.
pub(crate) fn command_on(endpoint: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(folder, arguments);
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_REGION", "us-east-1");
    command
}

/// What it printed, and its exit code.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn ran(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("start security-monkey");
    Ran {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}

/// A running `serve` or `demo`; killed (SIGKILL) when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: BufReader<ChildStderr>,
    heard: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("start security-monkey");
        let lines = BufReader::new(child.stderr.take().expect("its stderr"));
        Self {
            child,
            lines,
            heard: String::new(),
        }
    }

    /// Reads its stderr up to a line that holds `words`, and returns what follows them on that line.
    pub(crate) fn hear(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("read its stderr");
            assert!(read > 0, "it ended without saying '{words}':\n{}", self.heard);
            self.heard.push_str(&line);
            if let Some((_, rest)) = line.split_once(words) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Reads its stderr until nobody holds the other end.
    pub(crate) fn hear_the_end(&mut self) {
        while self.lines.read_line(&mut self.heard).expect("read its stderr") > 0 {}
    }

    /// Goes on reading its stderr on a thread, so that it never blocks on a full pipe.
    pub(crate) fn drain(self) -> Drained {
        let mut lines = self.lines;
        let reader = std::thread::spawn(move || {
            let mut heard = String::new();
            while lines.read_line(&mut heard).is_ok_and(|read| read > 0) {}
            heard
        });
        Drained {
            child: self.child,
            reader: Some(reader),
        }
    }
}

/// A running product whose stderr is read to its end.
pub(crate) struct Drained {
    child: Child,
    reader: Option<std::thread::JoinHandle<String>>,
}

impl Drained {
    /// SIGTERM, and its exit code once it has finished what was at hand.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        signal("-TERM", self.child.id());
        let status = self.child.wait().expect("its end");
        (
            status.code(),
            self.reader.take().expect("read once").join().expect("the reader"),
        )
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
