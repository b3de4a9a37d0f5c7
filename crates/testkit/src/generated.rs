//! Generated files: committed, and checked for drift by a test whose name contains `generated`.
//!
//! `make generate` runs those tests with `SECURITY_MONKEY_GENERATE` set, and they write the files instead.

use crate::python::workspace_root;

/// Compares a generated file with what it should be now, or writes it under `make generate`. `path` is relative to the workspace.
///
/// # Panics
/// When the committed file differs, with the first line that does.
#[expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test's switch and a test's failure"
)]
pub fn check(path: &str, wanted: &str) {
    let file = workspace_root().join(path);
    if std::env::var_os("SECURITY_MONKEY_GENERATE").is_some() {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).unwrap_or_else(|error| panic!("make {}: {error}", folder.display()));
        }
        std::fs::write(&file, wanted).unwrap_or_else(|error| panic!("write {path}: {error}"));
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    if found == wanted {
        return;
    }
    let line = found
        .lines()
        .zip(wanted.lines())
        .take_while(|(is, should)| is == should)
        .count();
    panic!(
        "{path} is out of date from line {} on; run `make generate` and commit it\n  committed: {}\n  generated: {}",
        line + 1,
        found.lines().nth(line).unwrap_or("(end of file)"),
        wanted.lines().nth(line).unwrap_or("(end of file)"),
    );
}
