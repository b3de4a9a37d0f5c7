//! Setting up a machine: what it lacks is said at once, not after minutes of building.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use security_monkey_testkit::python::workspace_root;

use crate::product::{Ran, ran};

/// Runs the check of the machine with other programs in front of its own.
fn set_up(folder: &Path, arguments: &[&str], programs: &[(&str, &str)]) -> Ran {
    for (name, script) in programs {
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("write");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("make it run");
    }
    let mut command = Command::new("sh");
    command
        .args(["-c", "PATH=\"$1:$PATH\"; shift; exec \"$@\"", "sh"])
        .arg(folder)
        .arg(workspace_root().join("tests/setup/debian.sh"))
        .args(arguments);
    ran(command)
}

#[test]
fn what_a_machine_lacks_is_said_before_anything_is_built() {
    let without_components = "case \"$1\" in fmt|clippy) echo \"no such command: $1\" >&2; exit 101;; esac";
    let old = ("node", "echo v20.18.1");
    let all = tempfile::tempdir().expect("a folder");
    let answer = set_up(all.path(), &[], &[old, ("cargo", without_components)]);
    assert_eq!(answer.code, Some(1), "{}{}", answer.stdout, answer.stderr);
    for part in [
        "error: rustfmt is missing; run: rustup component add rustfmt\n",
        "error: clippy is missing; run: rustup component add clippy\n",
        "error: Node.js v20.18.1 does not do; install 20.19 or newer",
    ] {
        assert_eq!(
            answer.stderr.matches(part).count(),
            1,
            "'{part}' in:\n{}",
            answer.stderr
        );
    }
    // The demonstration is neither formatted nor linted.
    let demo = tempfile::tempdir().expect("a folder");
    let answer = set_up(demo.path(), &["demo"], &[("cargo", without_components)]);
    assert_eq!(answer.code, Some(0), "{}{}", answer.stdout, answer.stderr);
    for (version, does) in [
        ("v18.20.4", false),
        ("v20.19.0", true),
        ("v21.7.3", false),
        ("v22.11.0", false),
        ("v22.12.0", true),
        ("v24.0.0", true),
    ] {
        let answer = set_up(demo.path(), &["demo"], &[("node", &format!("echo {version}"))]);
        assert_eq!(answer.code == Some(0), does, "{version}: {}", answer.stderr);
    }
}
