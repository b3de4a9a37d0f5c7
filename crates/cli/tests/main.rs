//! The command line as documents show it. Being an integration test it also makes Cargo build the binary that the end-to-end tests run.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Command;

use security_monkey_testkit::python::workspace_root;

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_security-monkey"))
        .arg("--help")
        .output()
        .expect("start security-monkey");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn the_readme_lists_every_command() {
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).expect("the README");
    let table: String = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    let missing: Vec<&String> = commands
        .iter()
        .filter(|name| {
            let is_listed = |end: char| table.contains(&format!("`{name}{end}"));
            !is_listed('`') && !is_listed(' ')
        })
        .collect();
    assert!(missing.is_empty(), "not in the README's table: {missing:?}");
}
