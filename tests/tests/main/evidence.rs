//! What `db verify` sees: changed, and with a noted head also cut off.

use std::path::Path;

use security_monkey_testkit::moto::Moto;

use crate::product::{Ran, command, command_on, ran, run_python};

const DATABASE: &str = "security-monkey.db";

fn verify(folder: &Path, head: Option<&str>) -> Ran {
    let mut arguments = vec!["db", "verify"];
    arguments.extend(head.iter().flat_map(|head| ["--head", *head]));
    ran(command(folder, &arguments))
}

/// The head that an intact history prints.
fn head(folder: &Path) -> String {
    let answer = verify(folder, None);
    assert_eq!(answer.code, Some(0), "{}{}", answer.stdout, answer.stderr);
    let head = answer.stdout.lines().find_map(|line| line.strip_prefix("head "));
    head.expect("the head").to_owned()
}

fn change(folder: &Path, sql: &str) {
    run_python(
        "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\nassert base.execute(sys.argv[2]).rowcount > 0\nbase.commit()",
        &[folder.join(DATABASE).to_str().expect("UTF-8"), sql],
    );
}

/// A copy of the whole database, its log included, in the place of another.
fn copy(folder: &Path, from: &str, to: &str) {
    for log in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{to}{log}")));
    }
    let _ = std::fs::remove_file(folder.join(to));
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    run_python(
        "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))",
        &[&path(from), &path(to)],
    );
}

#[test]
fn a_head_that_was_noted_shows_a_history_that_was_cut_off_or_rewritten() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = |arguments: &[&str]| {
        let answer = ran(command_on(moto.url(), folder, arguments));
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
    };
    let scan = ["scan", "--record", "-t", "aws.ec2.security-group", "--fail-on", "none"];
    run(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    run(&scan);
    let first = head(folder);
    copy(folder, DATABASE, "first.db");
    run_python(
        "import boto3, sys\nboto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1').create_security_group(GroupName='later', Description='d')",
        &[moto.url()],
    );
    run(&scan);
    let second = head(folder);
    assert_ne!(first, second);
    for noted in [&first, &second] {
        let answer = verify(folder, Some(noted));
        assert_eq!(answer.code, Some(0), "{}{}", answer.stdout, answer.stderr);
    }
    copy(folder, DATABASE, "second.db");

    // Whoever owns the database puts an older copy in its place: consistent, and shorter than what was noted.
    copy(folder, "first.db", DATABASE);
    assert_eq!(head(folder), first);
    let cut_off = verify(folder, Some(&second));
    assert_eq!(cut_off.code, Some(1), "{}", cut_off.stdout);
    for part in ["BROKEN", &second, "rewritten or cut off", "NOT intact"] {
        assert!(
            cut_off.stdout.contains(part),
            "'{part}' is missing in:\n{}",
            cut_off.stdout
        );
    }

    copy(folder, "second.db", DATABASE);
    change(folder, "update revision set observed_at = observed_at - 1 where id = 1");
    let rewritten = verify(folder, None);
    assert_eq!(rewritten.code, Some(1), "{}", rewritten.stdout);
    for part in ["BROKEN chain entry", "not those that were recorded", "NOT intact"] {
        assert!(
            rewritten.stdout.contains(part),
            "'{part}' is missing in:\n{}",
            rewritten.stdout
        );
    }

    let rubbish = verify(folder, Some("abc"));
    assert_eq!(rubbish.code, Some(2), "{}", rubbish.stdout);
    assert!(
        rubbish.stderr.contains("'abc' is no head") && rubbish.stderr.contains("hint: give the 64 digits"),
        "{}",
        rubbish.stderr
    );
}
