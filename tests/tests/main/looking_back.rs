//! Looking back on the command line: a resource as it stood at an instant, what differs between any two revisions, and a database
//! that an earlier release has left.

use security_monkey_model::Timestamp;
use security_monkey_store::{Store, StoreOptions};
use security_monkey_testkit::moto::Moto;
use security_monkey_testkit::python::workspace_root;
use serde_json::Value;

use crate::product::{Ran, command, command_on, ran, run_python};

fn json(answer: &Ran) -> Value {
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stdout))
}

/// Opens a port of the only group to a network; says at what instant, before it does.
fn open(moto: &Moto, port: &str, network: &str) -> String {
    let said = run_python(
        "import boto3, datetime, sys\n\
         ec2 = boto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1')\n\
         groups = ec2.describe_security_groups(Filters=[{'Name': 'group-name', 'Values': ['watched']}])['SecurityGroups']\n\
         group = groups[0]['GroupId'] if groups else ec2.create_security_group(GroupName='watched', Description='d')['GroupId']\n\
         print(datetime.datetime.now(datetime.timezone.utc).isoformat())\n\
         port = int(sys.argv[2])\n\
         ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{'IpProtocol': 'tcp', 'FromPort': port, 'ToPort': port, 'IpRanges': [{'CidrIp': sys.argv[3]}]}])",
        &[moto.url(), port, network],
    );
    said.trim().to_owned()
}

#[test]
fn a_resource_is_shown_as_it_stood_and_compared_with_any_revision() {
    const NETWORKS: [&str; 3] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| ran(command_on(moto.url(), folder.path(), arguments));
    let added = run(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let mut before = Vec::new();
    for (port, network) in [("443", NETWORKS[0]), ("22", NETWORKS[1]), ("3389", NETWORKS[2])] {
        before.push(open(&moto, port, network));
        let scan = run(&["scan", "--record", "-t", "aws.ec2.security-group", "--fail-on", "none"]);
        assert_eq!(scan.code, Some(0), "{}", scan.stderr);
    }
    let history = json(&run(&["history", "watched", "-f", "json"]));
    let revisions: Vec<(String, &Value)> = (history.as_array().expect("revisions").iter())
        .map(|row| (row["revision"].to_string(), &row["change"]))
        .collect();
    let [(third, changed), (second, also_changed), (first, created)] = &revisions[..] else {
        panic!("{history:#}");
    };
    assert_eq!([*changed, *also_changed, *created], ["changed", "changed", "created"]);
    let newest = json(&run(&["history", "watched", "-f", "json", "--limit", "1"]));
    assert_eq!(newest, Value::Array(vec![history[0].clone()]), "newest first");
    let said = run(&["history", "watched", "--limit", "1"]);
    assert!(said.stderr.contains("there are older revisions"), "{}", said.stderr);
    let said = run(&["history", "watched", "--limit", "3"]);
    assert!(!said.stderr.contains("older revisions"), "{}", said.stderr);

    // As it stood before each of the ports was opened, and at the very instant of a revision.
    let networks_at = |instant: &str| {
        let shown = json(&run(&["history", "watched", "--as-of", instant])).to_string();
        NETWORKS.map(|network| shown.contains(network))
    };
    assert_eq!(networks_at(&before[1]), [true, false, false]);
    assert_eq!(networks_at(&before[2]), [true, true, false]);
    assert_eq!(networks_at("2100-01-01T00:00:00Z"), [true; 3]);
    let seen = history[1]["observed_at"].as_str().expect("an instant");
    assert_eq!(networks_at(seen), [true, true, false]);
    let too_early = run(&["history", "watched", "--as-of", &before[0]]);
    assert_eq!((too_early.code, &*too_early.stdout), (Some(2), ""));
    assert!(
        too_early.stderr.starts_with("error: it was not there at ")
            && too_early.stderr.contains("hint: ")
            && too_early
                .stderr
                .contains(history[2]["observed_at"].as_str().expect("an instant")),
        "{}",
        too_early.stderr
    );
    let no_instant = run(&["history", "watched", "--as-of", "yesterday"]);
    assert_eq!(no_instant.code, Some(2));
    assert!(no_instant.stderr.contains("'yesterday'"), "{}", no_instant.stderr);

    let networks_in = |arguments: &[&str]| {
        let answer = run(&[&["diff"], arguments].concat());
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        NETWORKS.map(|network| {
            let lines = answer.stdout.lines().filter(|line| line.contains(network));
            let signs: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
            match &signs[..] {
                [] => ' ',
                [sign] => sign.chars().next().expect("a sign"),
                several => panic!("{network} {several:?}:\n{}", answer.stdout),
            }
        })
    };
    assert_eq!(networks_in(&[third]), [' ', ' ', '+'], "the one before, by itself");
    assert_eq!(networks_in(&[third, first]), [' ', '+', '+']);
    assert_eq!(networks_in(&[first, third]), [' ', '-', '-'], "and backwards");
    assert_eq!(networks_in(&[second, first]), [' ', '+', ' ']);
    assert_eq!(networks_in(&[first]), ['+', ' ', ' '], "before it was there");
    let same = run(&["diff", second, second]);
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    assert!(same.stdout.contains("no difference"), "{}", same.stdout);

    for missing in [&["diff", "99999"][..], &["diff", third, "99999"]] {
        let answer = run(missing);
        assert_eq!(answer.code, Some(2), "{missing:?}");
        assert!(
            answer.stderr.contains("there is no revision 99999") && answer.stderr.contains("hint: "),
            "{}",
            answer.stderr
        );
    }
}

/// A database of schema 1 with a little history, as an earlier release left it.
fn earlier_release(file: &std::path::Path) {
    let url = format!("sqlite:{}", file.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::connect(&url, StoreOptions::default()).await.expect("a database");
        let at = Timestamp::parse("2026-11-22T03:00:00Z").expect("an instant");
        let report = store.migrate_up_to(1, [7; 32], at).await.expect("schema 1");
        assert_eq!(report.to, 1);
        store.close().await;
    });
    let data = workspace_root().join("crates/store/tests/data/version-1.sql");
    run_python(
        "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\nbase.executescript(open(sys.argv[2]).read())\nbase.commit()",
        &[file.to_str().expect("UTF-8"), data.to_str().expect("UTF-8")],
    );
}

#[test]
fn a_database_of_an_earlier_release_is_refused_until_it_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("security-monkey.db");
    earlier_release(&file);
    let run = |arguments: &[&str]| ran(command(folder.path(), arguments));
    let status = run(&["db", "status"]);
    assert_eq!(status.code, Some(1), "{}", status.stderr);
    assert!(
        status.stdout.starts_with("schema 1, this program wants "),
        "{}",
        status.stdout
    );
    for arguments in [
        &["accounts", "list"][..],
        &["history", "sg-1"],
        &["db", "verify"],
        &["serve", "--listen", "127.0.0.1:0", "--without-migrating"],
    ] {
        let answer = run(arguments);
        assert_eq!(answer.code, Some(2), "{arguments:?}: {}", answer.stdout);
        for part in ["has schema 1", "this program wants", "hint: security-monkey db migrate"] {
            assert!(
                answer.stderr.contains(part),
                "{arguments:?}: '{part}': {}",
                answer.stderr
            );
        }
    }

    let migrated = run(&["db", "migrate"]);
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    let lines: Vec<&str> = migrated.stdout.lines().collect();
    assert!(lines.contains(&"applied 0002_unread"), "{lines:?}");
    assert!(!lines.contains(&"applied 0001_first"), "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.ends_with("(was 1)")), "{lines:?}");
    assert_eq!(run(&["db", "status"]).code, Some(0));
    let again = run(&["db", "migrate"]);
    assert!(!again.stdout.contains("applied"), "{}", again.stdout);
    let verified = run(&["db", "verify"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
    let accounts = json(&run(&["accounts", "list", "-f", "json"]));
    assert_eq!(accounts[0]["name"], "production", "{accounts:#}");
    let history = json(&run(&["history", "sg-1", "-f", "json"]));
    let changes: Vec<&str> = (history.as_array().expect("revisions").iter())
        .filter_map(|row| row["change"].as_str())
        .collect();
    assert_eq!(changes, ["changed", "changed", "changed", "created"]);

    // What watches brings it up to date by itself, and says so.
    std::fs::remove_file(&file).expect("remove");
    earlier_release(&file);
    let added = run(&["accounts", "add", "222222222222", "--name", "later"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(added.stderr.contains("from schema 1 to "), "{}", added.stderr);
}
