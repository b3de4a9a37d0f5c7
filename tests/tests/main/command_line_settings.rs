//! What the commands show and change of configuration and accounts.

use std::path::Path;

use serde_json::{Value, json};

use crate::product::{Running, command, ran};

#[test]
fn the_configuration_is_shown_without_the_secrets_in_its_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |proxy: &str| {
        let text = format!(
            "[database]\nurl = \"postgres://monkey:filesecret@db/monkey\"\n\n[notify.webhook]\nproxy = \"{proxy}\"\n"
        );
        std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
    };
    for (proxy, shown) in [
        ("http://user:proxysecret@proxy:3128", "proxy = \"http://proxy:3128\""),
        ("proxysecret@proxy:3128", "proxy = \"proxy:3128\""),
        ("http://proxy:3128", "proxy = \"http://proxy:3128\""),
    ] {
        write(proxy);
        let by_file = ran(command(folder.path(), &["config", "show"]));
        let by_environment = ran({
            let mut command = command(folder.path(), &["config", "show"]);
            command.env(
                "SECURITY_MONKEY_DATABASE_URL",
                "postgres://monkey:environmentsecret@db/monkey?password=environmentsecret",
            );
            command
        });
        for answer in [by_file, by_environment] {
            assert_eq!(answer.code, Some(0), "{}", answer.stderr);
            for part in ["url = \"postgres://monkey@db/monkey\"", shown] {
                assert!(
                    answer.stdout.contains(part),
                    "'{part}' is missing in:\n{}",
                    answer.stdout
                );
            }
            let said = format!("{}{}", answer.stdout, answer.stderr);
            assert!(!said.contains("secret"), "{said}");
        }
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_without_showing_its_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    for proxy in ["http://user:top/secret@proxy:99999", "http://secret@pro xy:3128"] {
        let text = format!("[notify.webhook]\nproxy = \"{proxy}\"\n");
        std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
        for arguments in [&["config", "check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let answer = ran(command(folder.path(), arguments));
            let said = format!("{}{}", answer.stdout, answer.stderr);
            assert!(answer.code.is_some_and(|code| code > 0), "{said}");
            assert!(said.contains("webhook.proxy 'http://pro"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}

#[test]
fn a_flag_outweighs_the_environment_and_that_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("write");
    write(
        "security-monkey.toml",
        "[database]\nurl = \"sqlite:file.db\"\n\n[server]\nlisten = \"127.0.0.1:1001\"\n",
    );
    write("named-by-environment.toml", "[log]\nlevel = \"debug\"\n");
    write("named-by-flag.toml", "[log]\nlevel = \"trace\"\n");
    let shown = |flags: &[&str], environment: &[(&str, &str)]| {
        let mut command = command(folder.path(), &[&["config", "show"], flags].concat());
        command.envs(environment.iter().copied());
        let answer = ran(command);
        assert_eq!(answer.code, Some(0), "{flags:?} {environment:?}: {}", answer.stderr);
        answer.stdout
    };
    let by_environment = [
        ("SECURITY_MONKEY_DATABASE_URL", "sqlite:environment.db"),
        ("SECURITY_MONKEY_LISTEN", "127.0.0.1:1002"),
    ];
    let by_flag = ["--database", "sqlite:flag.db"];
    for (flags, environment, database, listen) in [
        (&[][..], &[][..], "sqlite:file.db", "127.0.0.1:1001"),
        (&[], &by_environment, "sqlite:environment.db", "127.0.0.1:1002"),
        (&by_flag, &by_environment, "sqlite:flag.db", "127.0.0.1:1002"),
        (&by_flag, &[], "sqlite:flag.db", "127.0.0.1:1001"),
    ] {
        let shown = shown(flags, environment);
        for part in [format!("url = \"{database}\""), format!("listen = \"{listen}\"")] {
            assert!(shown.contains(&part), "'{part}' is missing in:\n{shown}");
        }
    }
    let named = [("SECURITY_MONKEY_CONFIG", "named-by-environment.toml")];
    assert!(shown(&[], &named).contains("level = \"debug\""));
    assert!(shown(&["--config", "named-by-flag.toml"], &named).contains("level = \"trace\""));

    let mut serve = command(
        folder.path(),
        &["serve", "--without-watching", "--listen", "127.0.0.1:0"],
    );
    serve.envs(by_environment);
    let mut serve = Running::start(serve);
    let address = serve.hear("Security Monkey is at ");
    assert!(!address.ends_with(":1001") && !address.ends_with(":1002"), "{address}");
    drop(serve.drain());
    assert!(folder.path().join("environment.db").exists());
}

/// The only account as it is stored, after this SQL.
fn stored(folder: &Path, change: &str) -> Value {
    let script = "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\nbase.execute(sys.argv[2])\nbase.commit()\n\
                  [[body]] = base.execute('select body from account')\nprint(body)";
    let output = std::process::Command::new(crate::product::python())
        .args(["-c", script])
        .arg(folder.join("security-monkey.db"))
        .arg(change)
        .output()
        .expect("start Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn an_account_that_is_added_again_keeps_what_was_not_given() {
    const ID: &str = "111111111111";
    const HUB: &str = "arn:aws:iam::222222222222:role/Hub";
    const READER: &str = "arn:aws:iam::111111111111:role/Reader";
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| ran(command(folder.path(), &[&["accounts"], arguments].concat()));
    let done = |arguments: &[&str]| {
        let answer = run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
    };
    let chain = ["--role", HUB, "--role", READER, "--external-id", "x-1"];
    let rest = [
        "--name",
        "main",
        "--kind",
        "friendly",
        "--region",
        "eu-west-1",
        "--without",
        "aws.s3.bucket",
    ];
    done(&[&["add", ID][..], &chain[..], &rest[..]].concat());
    done(&["disable", ID]);
    // Only the API writes these two.
    let written = "update account set body = json_set(body, '$.notes', 'of the old team', '$.contacts', json('[\"a@example.com\"]'))";
    let mut expected = json!({
        "id": ID, "name": "main", "kind": "friendly", "enabled": false,
        "role_chain": [{"role_arn": HUB}, {"role_arn": READER, "external_id": "x-1"}],
        "regions": ["eu-west-1"], "excluded_technologies": ["aws.s3.bucket"],
        "notes": "of the old team", "contacts": ["a@example.com"],
    });
    assert_eq!(stored(folder.path(), written), expected);
    let now = || stored(folder.path(), "select 1");

    done(&["add", ID]);
    assert_eq!(now(), expected, "nothing was given");
    done(&["add", ID, "--name", "renamed"]);
    expected["name"] = json!("renamed");
    assert_eq!(now(), expected);
    done(&["add", ID, "--kind", "watched", "--region", "eu-central-1"]);
    expected["kind"] = json!("watched");
    expected["regions"] = json!(["eu-central-1"]);
    assert_eq!(now(), expected);
    done(&["add", ID, "--role", READER]);
    expected["role_chain"] = json!([{"role_arn": READER, "external_id": "x-1"}]);
    assert_eq!(now(), expected, "the same role is shown the same external id");
    done(&["add", ID, "--external-id", "x-2"]);
    expected["role_chain"][0]["external_id"] = json!("x-2");
    assert_eq!(now(), expected);

    done(&["add", ID, "--all-regions"]);
    expected["regions"] = json!([]);
    assert_eq!(now(), expected);
    done(&["add", ID, "--all-technologies"]);
    expected["excluded_technologies"] = json!([]);
    assert_eq!(now(), expected);
    done(&["add", ID, "--no-role"]);
    expected["role_chain"] = json!([]);
    assert_eq!(now(), expected);
    let contradiction = run(&["add", ID, "--region", "eu-west-1", "--all-regions"]);
    assert_eq!(contradiction.code, Some(2), "{}", contradiction.stdout);
    assert_eq!(now(), expected);

    let without_role = run(&["add", "333333333333", "--external-id", "x-3"]);
    assert_eq!(without_role.code, Some(2), "{}", without_role.stdout);
    assert!(
        without_role.stderr.contains("hint: give --role"),
        "{}",
        without_role.stderr
    );
    // As in an example that was copied whole.
    let placeholder = run(&["add", ID, "--role", READER, "--external-id", "…"]);
    assert_eq!(placeholder.code, Some(2), "{}", placeholder.stdout);
    assert!(
        placeholder
            .stderr
            .contains("the external id of arn:aws:iam::111111111111:role/Reader is none: AWS takes 2 to 1224"),
        "{}",
        placeholder.stderr
    );
    assert_eq!(now(), expected);
}

#[test]
fn switching_an_account_on_does_not_say_that_it_is_scanned_when_its_kind_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |arguments: &[&str]| ran(command(folder.path(), &[&["accounts"], arguments].concat())).stdout;
    said(&["add", "111111111111", "--kind", "friendly"]);
    assert_eq!(
        said(&["enable", "111111111111"]),
        "111111111111 is not scanned: friendly accounts are not\n"
    );
    said(&["add", "111111111111", "--kind", "watched"]);
    assert_eq!(said(&["enable", "111111111111"]), "111111111111 is scanned\n");
}

/// One broken file takes nothing else down, not even when the configuration names its technology. A name without a file does.
#[test]
fn a_named_technology_whose_file_is_broken_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("technologies/aws/dynamodb");
    std::fs::create_dir_all(&own).expect("a folder");
    std::fs::write(own.join("table.toml"), "id = \n").expect("write");
    let listed = |named: &str| {
        let text = format!(
            "[extend]\ntechnologies = \"technologies\"\n[scan]\ntechnologies = [\"{named}\", \"aws.ec2.vpc\"]\n"
        );
        std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
        ran(command(folder.path(), &["technologies", "list"]))
    };
    let answer = listed("aws.dynamodb.table");
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(answer.stdout.contains("aws.ec2.vpc"), "{}", answer.stdout);
    for part in [
        "technologies/aws/dynamodb/table.toml:1:",
        "scan.technologies names aws.dynamodb.table, whose file is broken",
    ] {
        assert!(answer.stderr.contains(part), "{}", answer.stderr);
    }
    let answer = listed("aws.dynamodb.tables");
    assert_ne!(answer.code, Some(0));
    assert!(
        answer.stderr.contains("there is no technology aws.dynamodb.tables"),
        "{}",
        answer.stderr
    );
}
