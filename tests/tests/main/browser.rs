//! `security-monkey demo` in a real browser: the whole product as a new user meets it.

use std::process::Command;

use security_monkey_testkit::python::workspace_root;

use crate::product::{self, Running};

#[test]
fn a_person_walks_through_the_demonstration() {
    let folder = tempfile::tempdir().expect("a folder");
    let python = product::python();
    let mut demo = Running::start(product::command(
        folder.path(),
        &[
            "demo",
            // All that is logged is searched for secrets.
            "-v",
            "--listen",
            "127.0.0.1:0",
            "--change-every",
            "10",
            "--python",
            python.to_str().expect("UTF-8"),
        ],
    ));
    let address = demo.hear("look at ");
    let email = demo.hear("sign in as ");
    let password = demo.hear("password ");
    let demo = demo.drain();

    let root = workspace_root();
    let screenshots = root.join("target/screenshots");
    let output = Command::new("node")
        .arg(root.join("tests/browser/walk.mjs"))
        .args([&address, &email, &password])
        .arg(&screenshots)
        .output()
        .expect("start node (Node.js 20.19 or newer)");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let mail = std::fs::read_dir(folder.path().join("var/demo/mail"))
        .expect("the mail folder")
        .count();
    let (code, talk) = demo.stop();
    assert!(output.status.success(), "{said}\n--- the product said ---\n{talk}");
    assert_eq!(code, Some(0), "a stop is no failure:\n{talk}");
    assert!(mail > 0, "nobody was told anything:\n{talk}");
    assert!(
        !talk.contains("hunter2") && !talk.contains("do-not-show-me"),
        "a secret was logged:\n{talk}"
    );

    let verified = product::ran(product::command(
        folder.path(),
        &["db", "verify", "--database", "sqlite:var/demo/security-monkey.db"],
    ));
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
    let database = std::fs::read(folder.path().join("var/demo/security-monkey.db")).expect("the database");
    for secret in ["hunter2", "do-not-show-me", &password] {
        assert!(
            !database.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()),
            "'{secret}' is in the database"
        );
    }
}
