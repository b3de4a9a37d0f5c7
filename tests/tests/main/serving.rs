//! A running `serve`: what it takes over without a restart, whom it believes, how it is stopped.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use security_monkey_testkit::moto::Moto;
use serde_json::{Value, json};

use crate::api::{self, Person};
use crate::product::{Running, command, command_on, ran, run_python, signal};

const CONFIG: &str = "security-monkey.toml";
const FIRST_USER: &str = "admin@localhost.localdomain";

/// Its address and the first user's password.
fn ready(serve: &mut Running) -> (String, String) {
    let address = serve.hear("Security Monkey is at ");
    let said = serve.hear("with the password ");
    let password = said.split(' ').next().expect("the password").to_owned();
    (address, password)
}

fn group(moto: &Moto, name: &str) {
    let script = "import boto3, sys\nboto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1').create_security_group(GroupName=sys.argv[2], Description='d')";
    run_python(script, &[moto.url(), name]);
}

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join(CONFIG), text).expect("write the configuration");
}

#[test]
fn a_new_interval_and_a_new_account_take_effect_without_a_restart() {
    const SCAN: &str = "[scan]\ntechnologies = [\"aws.ec2.security-group\"]\nregions = [\"us-east-1\"]\n";
    let every = |interval: &str| format!("{SCAN}\n[scan.intervals]\n\"aws.ec2.security-group\" = \"{interval}\"\n");
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &every("30d"));
    group(&moto, "first");
    let run = |arguments: &[&str]| ran(command_on(moto.url(), folder.path(), arguments));
    let added = run(&["accounts", "add", "--name", "main"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let mut serve = Running::start(command_on(
        moto.url(),
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0"],
    ));
    let (address, password) = ready(&mut serve);
    let admin = Person::sign_in(&address, FIRST_USER, &password);
    let created = |name: &'static str| move |event: &Value| event["name"] == name && event["change"] == "created";
    let first = admin.event(0, created("first"));

    // Nobody would see this one for a month.
    group(&moto, "second");
    write(folder.path(), "[scan]\nintervals = \"often\"\n");
    let refused = serve.hear("the changed configuration is left aside: ");
    assert!(refused.contains(CONFIG) && refused.contains(":2:"), "{refused}");
    write(folder.path(), &every("1s"));
    serve.hear("took over new intervals");
    let second = admin.event(first["id"].as_i64().expect("a number"), created("second"));
    assert_eq!(second["technology"], "aws.ec2.security-group", "{second:#}");

    // By another process, into the same database.
    let role = "arn:aws:iam::222222222222:role/Reader";
    let added = run(&["accounts", "add", "222222222222", "--name", "later", "--role", role]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let later = admin.event(second["id"].as_i64().expect("a number"), |event| {
        event["account"] == "222222222222"
    });
    assert_eq!(later["change"], "created", "{later:#}");

    // What needs a restart says so.
    write(folder.path(), &every("1s").replace("us-east-1", "eu-west-1"));
    serve.hear("takes effect at the next start");
    let (code, talk) = serve.drain().stop();
    assert_eq!(code, Some(0), "{talk}");
}

#[test]
fn a_broken_technology_keeps_no_interval_of_others_from_changing() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("technologies/aws/ec2/own.toml");
    std::fs::create_dir_all(own.parent().expect("a folder")).expect("make it");
    std::fs::write(own, "id = \"aws.ec2.own\"\n").expect("write a technology that is none");
    let every = |interval: &str| {
        format!(
            "[extend]\ntechnologies = \"technologies\"\n\n[scan.intervals]\n\"aws.ec2.own\" = \"1h\"\n\"aws.ec2.vpc\" = \"{interval}\"\n"
        )
    };
    write(folder.path(), &every("30d"));
    let mut serve = Running::start(command(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--without-watching"],
    ));
    ready(&mut serve);
    write(folder.path(), &every("1h"));
    serve.hear("took over new intervals");
    let (code, talk) = serve.drain().stop();
    assert_eq!(code, Some(0), "{talk}");
}

#[test]
fn failed_sign_ins_are_counted_by_the_address_that_a_trusted_proxy_says() {
    const WRONG: &str = "not the password";
    for (config, is_believed) in [("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n", true), ("", false)] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), config);
        let mut serve = Running::start(command(
            folder.path(),
            &["serve", "--listen", "127.0.0.1:0", "--without-watching"],
        ));
        let (address, password) = ready(&mut serve);
        let from = |client: &str, password: &str| {
            let headers = [("X-Forwarded-For", client)];
            api::sign_in(&address, &headers, FIRST_USER, password).status
        };
        for _ in 0..5 {
            assert_eq!(from("198.51.100.7", WRONG), 401, "{config}");
        }
        let failed = serve.hear("sign-in failed");
        let known_as = if is_believed { "198.51.100.7" } else { "127.0.0.1" };
        assert!(failed.contains(known_as), "{config}: {failed}");
        assert_eq!(from("198.51.100.7", &password), 429, "{config}");
        let elsewhere = if is_believed { 200 } else { 429 };
        assert_eq!(from("198.51.100.8", &password), elsewhere, "{config}");
        let (code, talk) = serve.drain().stop();
        assert_eq!(code, Some(0), "{talk}");
    }
}

#[test]
fn a_server_that_waits_for_somebody_slow_is_stopped_by_a_second_interruption() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serve = Running::start(command(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--without-watching"],
    ));
    let (address, _) = ready(&mut serve);
    // A request without its end. The server has asked for the rest: it is being handled.
    let mut slow = TcpStream::connect(address.trim_start_matches("http://")).expect("connect");
    write!(
        slow,
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    )
    .expect("send");
    let mut asked = [0; 12];
    slow.read_exact(&mut asked).expect("an answer");
    assert_eq!(&asked, b"HTTP/1.1 100");
    signal("-INT", serve.child.id());
    serve.hear("Ctrl-C again stops at once");
    signal("-INT", serve.child.id());
    serve.hear("stopped at once; what was recorded before stays");
    assert_eq!(serve.child.wait().expect("its end").code(), Some(130));
}

#[test]
fn users_are_made_changed_and_shut_out_by_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serve = Running::start(command(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--without-watching"],
    ));
    let (address, _) = ready(&mut serve);
    let users = |arguments: &[&str]| ran(command(folder.path(), &[&["users"], arguments].concat()));
    let done = |arguments: &[&str]| {
        let answer = users(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
        answer.stdout.trim().to_owned()
    };
    let listed = || -> Value {
        let rows: Value = serde_json::from_str(&done(&["list", "-f", "json"])).expect("JSON");
        rows.as_array()
            .expect("users")
            .iter()
            .find(|user| user["email"] == "ada@example.com")
            .cloned()
            .unwrap_or(Value::Null)
    };
    let status = |password: &str| api::sign_in(&address, &[], "ada@example.com", password).status;
    assert_eq!(listed(), Value::Null);

    // Only the password is data, so that it can be piped on.
    let password = done(&["add", "ada@example.com"]);
    assert_eq!(
        password.split('-').map(str::len).collect::<Vec<_>>(),
        [4; 5],
        "{password}"
    );
    assert_eq!(listed()["role"], "view");
    let ada = Person::sign_in(&address, "ada@example.com", &password);
    let own = |person: &Person| person.ask("GET", "/api/v1/session", None).status;
    assert_eq!(own(&ada), 200);
    let change = |new: &str| {
        let body = json!({"current_password": password, "new_password": new});
        ada.ask("PUT", "/api/v1/session/password", Some(&body))
    };
    let short = change("eleven char");
    assert_eq!(short.body["code"], "weak-password", "{:#}", short.body);
    assert_eq!(change(&password).body["code"], "weak-password", "the same again");

    done(&["set-role", "ada@example.com", "admin"]);
    assert_eq!(listed()["role"], "admin");
    let new_password = done(&["reset-password", "ada@example.com"]);
    assert_eq!(own(&ada), 401, "a new password ends the sessions");
    assert_eq!(status(&password), 401);
    let ada = Person::sign_in(&address, "ada@example.com", &new_password);
    done(&["disable", "ada@example.com"]);
    assert_eq!(own(&ada), 401, "whoever may not sign in is out at once");
    assert_eq!(status(&new_password), 401);
    assert!(listed()["disabled_at"].is_string(), "{:#}", listed());
    done(&["enable", "ada@example.com"]);
    assert_eq!(status(&new_password), 200);
    let table = done(&["list"]);
    assert!(
        table.contains("ada@example.com") && table.contains(FIRST_USER),
        "{table}"
    );

    for (arguments, parts) in [
        (&["add", "ada@example.com"][..], &["ada@example.com", "hint:"][..]),
        (&["add", "Ada"], &["Ada"]),
        (&["add", "bob@example.com", "--role", "root"], &["root", "justify"]),
        (
            &["disable", "bob@example.com"],
            &["there is no user bob@example.com", "hint:"],
        ),
        (
            &["reset-password", "bob@example.com"],
            &["there is no user bob@example.com", "hint:"],
        ),
        (
            &["set-role", "bob@example.com", "view"],
            &["there is no user bob@example.com", "hint:"],
        ),
    ] {
        let answer = users(arguments);
        assert_eq!(answer.code, Some(2), "{arguments:?}: {}", answer.stdout);
        for part in parts {
            assert!(
                answer.stderr.contains(part),
                "{arguments:?} does not say '{part}':\n{}",
                answer.stderr
            );
        }
    }
    let (code, talk) = serve.drain().stop();
    assert_eq!(code, Some(0), "{talk}");
    for secret in [&password, &new_password] {
        assert!(!talk.contains(secret.as_str()), "a password was logged");
    }
}

/// The first user's password is shown once; a start that then found its port taken had used that once up.
#[test]
fn a_taken_port_costs_no_password() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("take a port");
    let address = taken.local_addr().expect("its address").to_string();
    let refused = ran(command_on(moto.url(), folder.path(), &["serve", "--listen", &address]));
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains(&format!("listen on {address}")),
        "{}",
        refused.stderr
    );
    drop(taken);
    let mut serve = Running::start(command_on(moto.url(), folder.path(), &["serve", "--listen", &address]));
    let (address, password) = ready(&mut serve);
    Person::sign_in(&address, FIRST_USER, &password);
}
