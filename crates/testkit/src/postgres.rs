//! A real PostgreSQL for tests: one private server per test run, a database per test.
//!
//! nextest runs every test in a process of its own, and starting a server costs about a second. So the first test of a
//! run starts one in a directory named after the run, the others find it there, and a watchdog stops it and removes the
//! directory when the runner has gone, however it went. It listens on a Unix socket only, keeps nothing safe (no fsync)
//! and sorts text as en-US does, so that a statement which relies on byte order without saying so is caught.
//!
//! Missing binaries are a failure that says what to install, never a skipped test.

use std::fs::{File, OpenOptions};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail};

/// Stops the server and removes its directory once the process `$1` has ended. `$2`: the directory, `$3`: `pg_ctl`, then what goes
/// in front of it to become the server's user.
const WATCHDOG: &str = r#"
runner=$1 directory=$2 pg_ctl=$3
shift 3
while kill -0 "$runner" 2>/dev/null; do sleep 0.3; done
"$@" "$pg_ctl" --pgdata="$directory/data" --mode=immediate stop
rm -rf "$directory" "$directory.start.lock"
"#;

/// The server of this test run.
#[derive(Debug, Clone)]
pub struct Postgres {
    directory: PathBuf,
    binaries: PathBuf,
}

impl Postgres {
    /// The server of this test run, started if it is not there yet.
    pub fn start() -> anyhow::Result<Self> {
        let (run, runner) = run();
        let directory = std::env::temp_dir().join(format!("security-monkey-postgres-{run}"));
        let server = Self {
            binaries: binaries()?,
            directory,
        };
        let _lock = server.lock("start")?;
        if !server.directory.join("ready").exists() {
            server.launch(runner, None)?;
        }
        Ok(server)
    }

    /// A server of its own none of whose files can grow beyond so many bytes, which to PostgreSQL is a full disk: take a number that is
    /// no multiple of its pages of 8 KiB, so that the last page is written half. `name` tells it from others of the test run.
    pub fn start_with_full_disk(name: &str, most_file_bytes: u64) -> anyhow::Result<Self> {
        let (run, runner) = run();
        let number = std::process::id();
        let server = Self {
            binaries: binaries()?,
            directory: std::env::temp_dir().join(format!("security-monkey-postgres-{run}-{name}-{number}")),
        };
        server.launch(runner, Some(most_file_bytes))?;
        Ok(server)
    }

    /// Lifts the limit of [`Postgres::start_with_full_disk`] for connections from now on.
    pub fn make_room(&self) -> anyhow::Result<()> {
        let file = self.directory.join("data/postmaster.pid");
        let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        let process = text.lines().next().unwrap_or_default().to_owned();
        // As the server's own user: even root may need more rights than a container gives it to do that for another's process.
        let mut words = become_user()?.into_iter().chain(["prlimit".to_owned()]);
        let status = Command::new(words.next().unwrap_or_default())
            .args(words)
            .args(["--pid", &process, "--fsize=unlimited"])
            .status()
            .context("start prlimit; run: apt-get install -y util-linux")?;
        if !status.success() {
            bail!("prlimit --pid {process}: {status}");
        }
        Ok(())
    }

    /// A new, empty database.
    pub fn database(&self) -> anyhow::Result<Database> {
        self.create("template0")
    }

    /// A new database like the one that `prepare` made of an empty one (its URL is given). `prepare` runs once per test run and `name`,
    /// and must have closed all its connections when it returns.
    pub async fn database_like(
        &self,
        name: &str,
        prepare: impl AsyncFnOnce(String) -> anyhow::Result<()>,
    ) -> anyhow::Result<Database> {
        let template = format!("template_{name}");
        {
            let _lock = self.lock(&template)?;
            let done = self.directory.join(format!("{template}.done"));
            if !done.exists() {
                self.run("createdb", &["--template=template0", &template])?;
                prepare(self.url(&template)).await?;
                File::create(done)?;
            }
        }
        self.create(&template)
    }

    fn create(&self, template: &str) -> anyhow::Result<Database> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        // Copying the files is quicker than logging their pages, and needs a checkpoint that costs nothing without fsync.
        self.run(
            "createdb",
            &[&format!("--template={template}"), "--strategy=file_copy", &name],
        )?;
        Ok(Database {
            server: self.clone(),
            name,
        })
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.directory.display()
        )
    }

    /// What the program printed.
    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(self.binaries.join(program))
            .arg(format!("--host={}", self.directory.display()))
            .arg("--username=postgres")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {program}"))?;
        if !output.status.success() {
            bail!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Other processes of the run wait here until the returned file is dropped.
    fn lock(&self, what: &str) -> anyhow::Result<File> {
        // The first lock is there before the directory is.
        let path = if what == "start" {
            self.directory.with_extension("start.lock")
        } else {
            self.directory.join(format!("{what}.lock"))
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        file.lock().with_context(|| format!("lock {}", path.display()))?;
        Ok(file)
    }

    fn launch(&self, runner: u32, most_file_bytes: Option<u64>) -> anyhow::Result<()> {
        let become_user = become_user()?;
        let directory = &self.directory;
        // Left behind by a start that failed half-way.
        let _ = std::fs::remove_dir_all(directory);
        std::fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
        if let Some(user) = become_user.get(2) {
            let status = Command::new("chown")
                .arg(user)
                .arg(directory)
                .status()
                .context("start chown")?;
            if !status.success() {
                bail!("chown {user} {}: {status}", directory.display());
            }
        }
        let as_user = |program: &str| {
            let limit = most_file_bytes.filter(|_| program == "pg_ctl");
            let limit = limit.map(|bytes| ["prlimit".to_owned(), format!("--fsize={bytes}:unlimited")]);
            let mut words = become_user.iter().cloned().chain(limit.into_iter().flatten());
            let program = self.binaries.join(program);
            let mut command = match words.next() {
                Some(first) => {
                    let mut command = Command::new(first);
                    command.args(words).arg(program);
                    command
                }
                None => Command::new(program),
            };
            command.current_dir(directory).stdin(Stdio::null());
            command
        };
        let output = as_user("initdb")
            .arg(format!("--pgdata={}/data", directory.display()))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"])
            .args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"])
            // The log is written in files as long as this from the beginning: below any limit of theirs.
            .args(most_file_bytes.map(|_| "--wal-segsize=1"))
            .output()
            .context("start initdb")?;
        if !output.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&output.stderr));
        }
        let settings = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c fsync=off -c synchronous_commit=off \
             -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c max_wal_size=2GB",
            directory.display()
        );
        let started = as_user("pg_ctl")
            .arg(format!("--pgdata={}/data", directory.display()))
            .arg(format!("--log={}/log", directory.display()))
            .args(["--wait", "--timeout=120", "--options", &settings, "start"])
            // The server would inherit the test's output, and the runner would wait for its end.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .status()
            .context("start pg_ctl")?;
        if !started.success() {
            let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
            bail!("PostgreSQL did not start: {started}\n{log}");
        }
        // Outlives us on purpose: it ends when the test runner does.
        Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", &runner.to_string()])
            .arg(directory)
            .arg(self.binaries.join("pg_ctl"))
            .args(&become_user)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("start the watchdog")?;
        File::create(directory.join("ready"))?;
        Ok(())
    }
}

/// A database of one test. Dropping it drops it.
#[derive(Debug)]
pub struct Database {
    server: Postgres,
    name: String,
}

impl Database {
    /// The server it is on.
    pub const fn server(&self) -> &Postgres {
        &self.server
    }

    /// How to connect.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// What a statement answers: a line for each row, `|` between its columns.
    pub fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let plain = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        let of_database = [&format!("--dbname={}", self.name), &format!("--command={sql}")];
        self.server
            .run("psql", &[&plain[..], &of_database.map(String::as_str)].concat())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A failure is of no interest: the directory goes with the run.
        let _ = self.server.run("dropdb", &["--force", "--if-exists", &self.name]);
    }
}

/// The test run's name, and the process whose end ends it: nextest, or under `cargo test` this process.
#[expect(
    clippy::disallowed_methods,
    reason = "nextest tells the run's name in the environment only"
)]
fn run() -> (String, u32) {
    match std::env::var("NEXTEST_RUN_ID") {
        Ok(id) => (id, parent_id()),
        Err(_) => (std::process::id().to_string(), std::process::id()),
    }
}

/// Debian keeps the server's binaries off the PATH.
fn binaries() -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("pg_ctl").exists().then_some((version, folder))
        })
        .collect();
    found.sort();
    if let Some((_, folder)) = found.pop() {
        return Ok(folder);
    }
    let output = Command::new("sh").args(["-c", "command -v pg_ctl"]).output()?;
    let path = String::from_utf8_lossy(&output.stdout);
    match Path::new(path.trim()).parent() {
        Some(folder) if output.status.success() => Ok(folder.to_path_buf()),
        _ => bail!("no PostgreSQL server is installed; run: apt-get install -y postgresql"),
    }
}

/// What goes in front of a command so that it does not run as root, which PostgreSQL refuses.
fn become_user() -> anyhow::Result<Vec<String>> {
    let output = Command::new("id").arg("-u").output().context("start id")?;
    if String::from_utf8_lossy(&output.stdout).trim() != "0" {
        return Ok(Vec::new());
    }
    for user in ["postgres", "nobody"] {
        if Command::new("id")
            .arg(user)
            .output()
            .is_ok_and(|output| output.status.success())
        {
            return Ok(["runuser", "-u", user, "--"].map(str::to_owned).to_vec());
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
}
