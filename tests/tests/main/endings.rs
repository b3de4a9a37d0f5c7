//! How commands end: the exit code, an interruption, a reader that goes away, a parent that dies.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::Stdio;

use security_monkey_testkit::moto::Moto;
use serde_json::Value;

use crate::product::{self, Running, command, command_on, ran, signal};

#[test]
fn findings_that_are_not_shown_still_decide_the_exit_code() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    // An account without a password policy: medium findings, nothing worse.
    let scan = |arguments: &[&str]| {
        let mut all = vec!["scan", "-t", "aws.iam.password-policy", "-f", "json"];
        all.extend(arguments);
        let answer = ran(command_on(moto.url(), folder.path(), &all));
        let report: Value =
            serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr));
        let scores: Vec<u64> = report["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter_map(|finding| finding["score"].as_u64())
            .collect();
        (answer, scores)
    };
    let (all, scores) = scan(&["--fail-on", "medium"]);
    assert!(scores.iter().any(|score| (4..7).contains(score)), "{scores:?}");
    assert!(scores.iter().all(|score| *score < 7), "{scores:?}");
    assert_eq!(all.code, Some(1), "{}", all.stderr);
    let (worst, scores) = scan(&["--fail-on", "medium", "--min-severity", "critical"]);
    assert!(scores.is_empty(), "{scores:?}");
    assert_eq!(worst.code, Some(1), "{}", worst.stderr);
    assert!(worst.stderr.contains("below --min-severity"), "{}", worst.stderr);
}

#[test]
fn a_region_nobody_has_is_not_called_clean() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let scan = ran(command_on(
        moto.url(),
        folder.path(),
        &["scan", "-r", "eu-wset-1", "-t", "aws.ec2.vpc", "--fail-on", "none"],
    ));
    assert_eq!(scan.code, Some(2), "{}{}", scan.stdout, scan.stderr);
    assert!(
        scan.stderr.contains("nothing was looked at in eu-wset-1") && scan.stderr.contains("hint:"),
        "{}",
        scan.stderr
    );
}

#[test]
fn an_interrupted_scan_is_neither_clean_nor_stuck() {
    // An AWS that takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let folder = tempfile::tempdir().expect("a folder");
    let added = ran(command(
        folder.path(),
        &["accounts", "add", "111111111111", "--name", "silent"],
    ));
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let mut scanning = command_on(&endpoint, folder.path(), &["scan", "--record", "-r", "us-east-1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start security-monkey");
    let connection = silent.accept().expect("it asks AWS");
    signal("-INT", scanning.id());
    let status = scanning.wait().expect("its end");
    drop(connection);
    let mut said = String::new();
    scanning
        .stderr
        .take()
        .expect("its stderr")
        .read_to_string(&mut said)
        .expect("UTF-8");
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(
        said.contains("Ctrl-C again stops at once") && said.contains("nothing counts as deleted"),
        "{said}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    std::fs::write(folder.path().join("everything.json"), policy).expect("write");
    for arguments in [
        &["rules", "list", "--format", "json"][..],
        &["rules", "list", "--format", "csv"],
        &["rules", "list", "--format", "jsonl"],
        &["technologies", "list"],
        &["rules", "show", "aws.s3.bucket.public"],
        &["config", "schema"],
        &["iam-policy"],
        &["policy", "expand", "everything.json"],
        &["policy", "explain", "everything.json"],
    ] {
        let mut running = command(folder.path(), arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start security-monkey");
        drop(running.stdout.take());
        let output = running.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_misspelt_database_is_not_an_empty_history() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["accounts", "list"][..],
        &["users", "list"],
        &["history", "x"],
        &["diff", "1"],
        &["db", "status"],
        &["db", "verify"],
        &["db", "maintain"],
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--database", "sqlite:folder/misspelt.db"]);
        let answer = ran(command(folder.path(), &all));
        assert_eq!(answer.code, Some(2), "{arguments:?}: {}", answer.stdout);
        assert!(
            answer.stderr.contains("there is no database folder/misspelt.db") && answer.stderr.contains("hint:"),
            "{arguments:?}: {}",
            answer.stderr
        );
    }
    assert!(
        std::fs::read_dir(folder.path()).expect("the folder").next().is_none(),
        "reading makes nothing"
    );
}

#[test]
fn what_a_killed_demonstration_started_ends_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let python = product::python();
    let mut demo = Running::start(command(
        folder.path(),
        &[
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--python",
            python.to_str().expect("UTF-8"),
        ],
    ));
    demo.hear("stop with Ctrl-C");
    demo.child.kill().expect("kill");
    // Its companions hold the other ends of its stderr: it ends when the last of them has.
    demo.hear_the_end();
}

#[test]
fn a_second_demonstration_leaves_the_first_ones_folder_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let python = product::python();
    let first = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = first.local_addr().expect("its address").to_string();
    let database = folder.path().join("var/demo/security-monkey.db");
    product::write(folder.path(), "var/demo/estate.py", "");
    product::write(folder.path(), "var/demo/security-monkey.db", "the first one's");
    let second = ran(command(
        folder.path(),
        &["demo", "--listen", &taken, "--python", python.to_str().expect("UTF-8")],
    ));
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(
        second.stderr.contains("another program may use the port"),
        "{}",
        second.stderr
    );
    assert_eq!(
        std::fs::read_to_string(database).ok().as_deref(),
        Some("the first one's")
    );
}
