//! Servers that are killed (SIGKILL) in the middle of a scan: nothing that was recorded is lost, nothing is called deleted, nothing is
//! recorded twice, and whoever comes after them finishes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use security_monkey_testkit::postgres::{Database, Postgres};
use serde_json::Value;

use crate::api::Person;
use crate::command_line::estate;
use crate::product::{Running, command_on, ran, run_python};
use crate::refusing::Gate;

/// A database that the test can look into while servers use it.
enum Place {
    Sqlite(PathBuf),
    Postgres(Database),
}

impl Place {
    fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
            Self::Postgres(database) => database.url(),
        }
    }

    fn ask(&self, sql: &str) -> String {
        match self {
            Self::Sqlite(file) => run_python(
                "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1], timeout=60)\n\
                 for row in base.execute(sys.argv[2]).fetchall():\n    print('|'.join(map(str, row)))\nbase.commit()",
                &[file.to_str().expect("UTF-8"), sql],
            )
            .trim_end()
            .to_owned(),
            Self::Postgres(database) => database.ask(sql).expect("an answer"),
        }
    }

    /// How often the buckets' lease has changed hands, and whose it is now.
    fn holder(&self) -> (i64, String) {
        let row = self.ask(
            "select fence, owner from lease join scope on lease.name = 'scan/' || scope.account || '/' || scope.region || '/s3' \
             where scope.technology = 'aws.s3.bucket'",
        );
        let (fence, owner) = row.split_once('|').expect("one lease");
        (fence.parse().expect("a number"), owner.to_owned())
    }

    /// Scans of the buckets that began and did not end.
    fn unfinished(&self) -> usize {
        let count = self.ask(
            "select count(*) from scan join scope on scope.id = scan.scope \
             where scope.technology = 'aws.s3.bucket' and scan.finished_at is null",
        );
        count.parse().expect("a number")
    }
}

#[test]
fn servers_that_are_killed_in_the_middle_of_a_scan_have_lost_and_deleted_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    killed_servers_lose_and_delete_nothing(&Place::Sqlite(folder.path().join("killed.db")));
}

#[test]
fn servers_on_postgresql_that_are_killed_in_the_middle_of_a_scan_have_lost_and_deleted_nothing() {
    let server = Postgres::start().expect("start PostgreSQL");
    killed_servers_lose_and_delete_nothing(&Place::Postgres(server.database().expect("a database")));
}

/// In each round a first server stands still in the middle of the buckets, and a second one, which takes its place over when the lease
/// has run out, as well. Both are killed there.
fn killed_servers_lose_and_delete_nothing(place: &Place) {
    let moto = estate();
    // What is asked of a bucket once it is listed.
    let gate = Gate::before(moto.url(), "/everybody?");
    let folder = tempfile::tempdir().expect("a folder");
    let url = place.url();
    let on = |arguments: &[&str]| {
        let arguments = [arguments, &["--database", &url]].concat();
        command_on(&gate.address, folder.path(), &arguments)
    };
    let mut most = 0;
    let mut verified = || {
        let verified = ran(on(&["db", "verify"]));
        assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
        assert!(verified.stdout.contains("intact"), "{}", verified.stdout);
        let revisions = verified.stdout.split(' ').next().and_then(|word| word.parse().ok());
        let revisions: usize = revisions.expect("a number of revisions");
        assert!(revisions >= most, "{most} revisions were there, {revisions} are");
        most = revisions;
        revisions
    };
    let add = [
        "accounts",
        "add",
        "--name",
        "main",
        "--region",
        "us-east-1",
        "--region",
        "eu-west-1",
    ];
    let added = ran(on(&add));
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let start = || {
        let mut serving = Running::start(on(&["serve", "--listen", "127.0.0.1:0"]));
        let address = serving.hear("Security Monkey is at ");
        (serving, address)
    };
    // As when whoever holds them has shown no sign of life for the whole of their term.
    let expire = |owner: &str| place.ask(&format!("update lease set ends_at = 0 where owner = '{owner}'"));
    let mut password = None;
    for round in 0..2 {
        let mut alive = Vec::new();
        let mut holders: Vec<(i64, String)> = Vec::new();
        let before_round = place.unfinished();
        for number in 1..=2 {
            let before = gate.arrived();
            let (mut serving, _) = start();
            if password.is_none() {
                let said = serving.hear("with the password ");
                password = said.split(' ').next().map(ToOwned::to_owned);
            }
            // Servers before this one may come to the gate as well: a scan begun says that this one is there.
            let end = Instant::now() + Duration::from_mins(5);
            let mut has_begun = false;
            while !has_begun && Instant::now() < end {
                if let Some((_, before)) = holders.last() {
                    // It lives and may renew what has run out.
                    expire(before);
                }
                has_begun = place.unfinished() >= before_round + number;
            }
            assert!(has_begun, "round {round}: server {number} has begun no scan");
            gate.hear(before + 1);
            alive.push(serving);
            holders.push(place.holder());
            // Found expired, it is taken over without a wait.
            expire(&holders[number - 1].1);
        }
        let [(first, one), (second, other)] = &holders[..] else {
            panic!("two holders: {holders:?}")
        };
        assert!(second > first && one != other, "taken over: {holders:?}");
        for mut serving in alive {
            let recorded = (0..600).map(|_| verified()).find(|revisions| *revisions > 0);
            assert!(recorded.is_some(), "nothing was recorded");
            assert!(
                place.unfinished() > 0,
                "round {round}: the scan has ended before the kill"
            );
            serving.child.kill().expect("kill");
            serving.child.wait().expect("its end");
            assert!(place.unfinished() > 0, "round {round}: a killed scan counts as ended");
            verified();
        }
        let nothing = ran(on(&["history", "everybody"]));
        assert_eq!(nothing.code, Some(2), "the bucket was never read: {}", nothing.stdout);
        place.ask("update lease set ends_at = 0");
    }

    gate.open();
    let (serving, address) = start();
    let serving = serving.drain();
    let admin = Person::sign_in(&address, "admin@localhost.localdomain", &password.expect("a password"));
    for name in ["everybody", "ada", "open"] {
        admin.event(0, |event| event["name"] == name);
    }
    let (code, talk) = serving.stop();
    assert_eq!(code, Some(0), "{talk}");
    let deleted = place.ask("select count(*) from revision where change = 'deleted'");
    assert_eq!(deleted, "0", "nothing was deleted");
    for resource in ["everybody", "ada", "open"] {
        let history = ran(on(&["history", resource, "--format", "json"]));
        assert_eq!(history.code, Some(0), "{resource}: {}", history.stderr);
        let revisions: Value = serde_json::from_str(&history.stdout).expect("JSON");
        let changes: Vec<&str> = (revisions.as_array().expect("revisions").iter())
            .filter_map(|row| row["change"].as_str())
            .collect();
        assert_eq!(
            changes,
            ["created"],
            "{resource}: killed scans lose, delete and repeat nothing"
        );
    }
    verified();
}
