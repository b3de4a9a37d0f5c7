//! `security-monkey demo` in a real browser: the whole product as a new user meets it.

use std::collections::BTreeSet;
use std::process::Command;

use security_monkey_testkit::python::workspace_root;

use serde_json::Value;

use crate::api::Person;
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
    if output.status.success() {
        holds_what_it_promises(&Person::sign_in(&address, &email, &password));
    }
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

/// "Three accounts and three regions, half of it insecure", in which "a bucket policy changes".
fn holds_what_it_promises(admin: &Person) {
    let ask = |path: &str| {
        let answer = admin.ask("GET", &format!("/api/v1/{path}"), None);
        assert_eq!(answer.status, 200, "{path}: {:#}", answer.body);
        answer.body
    };
    let list = |path: &str| -> Vec<Value> {
        let body = ask(path);
        let items = body.get("items").unwrap_or(&body);
        items.as_array().expect("a list").clone()
    };
    let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
    for account in ["123456789012", "111111111111", "222222222222"] {
        let resources = list(&format!("resources?account={account}&is_active=true&limit=500"));
        let regions: BTreeSet<String> = resources.iter().map(|row| text(row, "home_region")).collect();
        for region in ["us-east-1", "eu-west-1", "ap-southeast-2"] {
            assert!(regions.contains(region), "{account}: {regions:?}");
        }
        let insecure = resources
            .iter()
            .filter(|row| row["open_findings"].as_u64() > Some(0))
            .count();
        let (least, most) = (resources.len() / 4, resources.len() * 3 / 4);
        assert!(
            (least..=most).contains(&insecure),
            "{account}: {insecure} of {} resources have findings",
            resources.len()
        );
        // Careful and careless ones of the same kind.
        let mut verdicts: BTreeSet<String> = BTreeSet::new();
        for bucket in resources.iter().filter(|row| row["technology"] == "aws.s3.bucket") {
            let of_rules = list(&format!("resources/{}/verdicts", bucket["id"]));
            let public = of_rules.iter().find(|row| row["rule"] == "aws.s3.bucket.public");
            verdicts.insert(text(public.expect("a verdict"), "verdict"));
        }
        assert_eq!(verdicts, ["fail", "pass"].map(str::to_owned).into(), "{account}");
    }

    admin.event(0, |event| {
        event["name"] == "data-reports" && event["change"] == "changed"
    });
    let bucket = &list("resources?technology=aws.s3.bucket&name=data-reports")[0];
    let revisions = list(&format!("resources/{}/revisions", bucket["id"]));
    let changed = revisions
        .iter()
        .rfind(|row| row["change"] == "changed")
        .expect("a change");
    let difference = ask(&format!("revisions/{}/difference", changed["id"]));
    let difference = difference.to_string();
    for part in ["/Policy/Statement/0", "TlsOnly", "Oops"] {
        assert!(difference.contains(part), "'{part}' is missing in {difference}");
    }
}
