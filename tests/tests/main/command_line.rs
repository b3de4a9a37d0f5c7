//! The commands, run as a person runs them, and their answers to bad input.

use serde_json::Value;

use crate::product::{command, command_on, ran, write};
use security_monkey_testkit::moto::Moto;

/// A small estate: one open security group, one public bucket, one user.
const SEED: &str = r#"
import boto3, json, sys
at = dict(endpoint_url=sys.argv[1], region_name="us-east-1")
ec2 = boto3.client("ec2", **at)
group = ec2.create_security_group(GroupName="open", Description="d")["GroupId"]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
s3 = boto3.client("s3", **at)
s3.create_bucket(Bucket="everybody")
s3.put_bucket_policy(Bucket="everybody", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::everybody/*"}]}))
boto3.client("iam", **at).create_user(UserName="ada")
"#;

/// One function; the fake AWS cannot say whether it has addresses of its own.
const FUNCTION: &str = r#"
import boto3, io, json, sys, zipfile
at = dict(endpoint_url=sys.argv[1], region_name="us-east-1")
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = boto3.client("iam", **at).create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("index.py", "")
boto3.client("lambda", **at).create_function(FunctionName="hello", Runtime="python3.13", Role=role, Handler="index.run", Code={"ZipFile": code.getvalue()})
"#;

pub(crate) fn estate() -> Moto {
    seeded(SEED)
}

fn seeded(seed: &str) -> Moto {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("seed.py");
    std::fs::write(&script, seed).expect("write the seed");
    let output = security_monkey_testkit::python::command()
        .expect("the tests' Python")
        .arg(&script)
        .arg(moto.url())
        .output()
        .expect("start Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    moto
}

#[test]
fn one_scan_prints_findings_and_says_by_its_code_how_bad_they_are() {
    let moto = estate();
    let folder = tempfile::tempdir().expect("a folder");
    let scan = ran(command_on(
        moto.url(),
        folder.path(),
        &["scan", "--region", "us-east-1", "--format", "json"],
    ));
    assert_eq!(scan.code, Some(1), "findings of high severity: {}", scan.stderr);
    let report: Value = serde_json::from_str(&scan.stdout).unwrap_or_else(|error| panic!("{error}: {}", scan.stdout));
    let rules: Vec<&str> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|row| row["rule"].as_str())
        .collect();
    for rule in ["aws.ec2.security-group.admin-port-open", "aws.s3.bucket.public"] {
        assert!(rules.contains(&rule), "{rule} is missing in {rules:?}");
    }
    for part in ["resources in", "; unknown verdicts: "] {
        assert!(scan.stderr.contains(part), "'{part}' is missing in:\n{}", scan.stderr);
    }
    assert!(
        std::fs::read_dir(folder.path()).expect("the folder").next().is_none(),
        "a scan without --record leaves nothing behind"
    );

    for (format, first) in [("table", "Severity"), ("jsonl", "{"), ("csv", "kind,severity")] {
        let scan = ran(command_on(
            moto.url(),
            folder.path(),
            &[
                "scan",
                "-r",
                "us-east-1",
                "-t",
                "aws.s3.bucket",
                "-f",
                format,
                "--fail-on",
                "none",
            ],
        ));
        assert_eq!(scan.code, Some(0), "{format}: {}", scan.stderr);
        assert!(scan.stdout.contains("everybody"), "{format}: {}", scan.stdout);
        assert!(scan.stdout.contains(first), "{format}: {}", scan.stdout);
    }
}

#[test]
fn what_could_not_be_looked_at_is_printed_and_fails_a_scan_that_asks_for_it() {
    let moto = seeded(FUNCTION);
    let folder = tempfile::tempdir().expect("a folder");
    let scan = |options: &[&str]| {
        let one = [
            "scan",
            "-r",
            "us-east-1",
            "-t",
            "aws.lambda.function",
            "--fail-on",
            "none",
        ];
        ran(command_on(moto.url(), folder.path(), &[&one[..], options].concat()))
    };
    for (options, code) in [(&[][..], 0), (&["--fail-on-gaps"][..], 3)] {
        let table = scan(options);
        assert_eq!(table.code, Some(code), "{options:?}: {}{}", table.stdout, table.stderr);
        let (_, gaps) = table.stdout.split_once("Could not look:").expect("the gaps");
        for part in ["us-east-1", "aws.lambda.function", "ListFunctionUrlConfigs"] {
            assert!(gaps.contains(part), "'{part}' is missing in:\n{gaps}");
        }
        for part in [
            "unknown verdicts: 1; coverage gaps: 1",
            "where we could not look, nothing is called safe",
        ] {
            assert!(table.stderr.contains(part), "'{part}' is missing in:\n{}", table.stderr);
        }
    }
    let report: Value = serde_json::from_str(&scan(&["-f", "json"]).stdout).expect("JSON");
    assert_eq!(report["is_complete"], false, "{report:#}");
    let gap = &report["coverage_gaps"][0];
    assert_eq!(gap["operation"], "lambda:ListFunctionUrlConfigs", "{report:#}");
    assert_eq!(gap["resource"], "hello", "{report:#}");
}

#[test]
fn a_recorded_history_can_be_asked_and_verified() {
    let moto = estate();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| ran(command_on(moto.url(), folder.path(), arguments));
    let added = run(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let scan = || {
        run(&[
            "scan",
            "--record",
            "-t",
            "aws.ec2.security-group",
            "-t",
            "aws.s3.bucket",
            "--fail-on",
            "none",
        ])
    };
    let first = scan();
    assert_eq!(first.code, Some(0), "{}", first.stderr);

    let history = run(&["history", "open", "--format", "json"]);
    let revisions: Value = serde_json::from_str(&history.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", history.stdout, history.stderr));
    assert_eq!(revisions.as_array().map(Vec::len), Some(1));
    assert_eq!(revisions[0]["change"], "created");

    let second = scan();
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    let again: Value = serde_json::from_str(&run(&["history", "open", "--format", "json"]).stdout).expect("JSON");
    assert_eq!(again, revisions, "a scan without changes records nothing");

    let number = revisions[0]["revision"].to_string();
    let diff = run(&["diff", &number]);
    assert_eq!(diff.code, Some(0), "{}", diff.stderr);
    assert!(diff.stdout.contains("0.0.0.0/0"), "{}", diff.stdout);
    let verified = run(&["db", "verify"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.contains("intact"), "{}", verified.stdout);
}

#[test]
fn bad_input_is_answered_with_what_where_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("wrong.toml"), "[server]\nport = 1\n").expect("write");
    std::fs::write(
        folder.path().join("typo.toml"),
        "[scan]\ntechnologies = [\"aws.s3.bukket\"]\n",
    )
    .expect("write");
    std::fs::write(
        folder.path().join("not-a-database.db"),
        "this is a text, and a long one: ".repeat(200),
    )
    .expect("write");
    std::fs::write(folder.path().join("junk"), [0xff; 64]).expect("write");
    std::fs::write(
        folder.path().join("policy.json"),
        r#"{"Version": "2012-10-17", "Statement": []}"#,
    )
    .expect("write");
    let cases: [(&[&str], &[&str]); 19] = [
        (
            &["config", "check", "--config", "wrong.toml"],
            &["wrong.toml:2:1", "unknown field `port`", "hint:"],
        ),
        (
            &["config", "check", "--config", "nowhere.toml"],
            &["nowhere.toml", "hint:"],
        ),
        (&["scan"], &["credentials", "hint:"]),
        (
            &["scan", "--record", "--database", "sqlite:empty.db"],
            &["no account of the database is watched", "hint:"],
        ),
        (
            &["scan", "--config", "typo.toml"],
            &["there is no technology aws.s3.bukket", "hint:"],
        ),
        (
            &["scan", "-t", "aws.s3.buckets"],
            &["there is no technology aws.s3.buckets", "hint:"],
        ),
        (
            &["rules", "show", "aws.s3.bucket.nothing"],
            &["there is no rule aws.s3.bucket.nothing", "hint:"],
        ),
        (&["history", "x", "--database", "mysql://x"], &["mysql://x", "sqlite:"]),
        (
            &["accounts", "list", "--database", "sqlite:not-a-database.db"],
            &["not-a-database.db", "hint: is it a database of ours"],
        ),
        (
            &["serve", "--database", "postgres://nobody@127.0.0.1:1/none"],
            &["127.0.0.1", "hint: does the server run there"],
        ),
        (
            &["policy", "explain", "not-a-database.db"],
            &["not-a-database.db is no policy"],
        ),
        (
            &["policy", "explain", "junk"],
            &["read junk", "hint: a policy is a JSON document"],
        ),
        (
            &["policy", "explain", "policy.json", "--resource", "records"],
            &["'records' is no ARN", "hint: "],
        ),
        (
            &["policy", "explain", "nowhere.json"],
            &["read nowhere.json", "hint: name the file of a policy, or - for stdin"],
        ),
        (&["policy", "explain", "."], &["read .: ", "hint: name one file in it"]),
        (
            &["policy", "explain", "-"],
            &["stdin is no policy that can be read", "the text is empty"],
        ),
        (
            &["policy", "diff", "-", "-"],
            &["stdin can be read once", "hint: name files"],
        ),
        (
            &["rules", "list", "-t", "aws.s3.buckets"],
            &["there is no technology aws.s3.buckets", "hint:"],
        ),
        (
            &["serve", "--listen", "203.0.113.9:5000"],
            &["listen on 203.0.113.9:5000", "hint: this machine has no such address"],
        ),
    ];
    for (arguments, parts) in cases {
        let answer = ran(command(folder.path(), arguments));
        assert_eq!(
            answer.code,
            Some(2),
            "{arguments:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
        for part in parts {
            assert!(
                answer.stderr.contains(part),
                "{arguments:?} does not say '{part}':\n{}",
                answer.stderr
            );
        }
        assert_eq!(
            answer.stderr.matches("error: ").count(),
            1,
            "{arguments:?}: {}",
            answer.stderr
        );
        assert!(!answer.stderr.contains("panicked"), "{arguments:?}: {}", answer.stderr);
    }
}

#[test]
fn broken_files_of_the_user_are_named_and_the_rest_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| write(folder.path(), path, text);
    write(
        "technologies/aws/sqs/thing.toml",
        "id = \"aws.sqs.thing\"\nnonsense = 1\n",
    );
    write(
        "rules/aws/s3/broken.rego",
        "package rules.aws.s3.broken\n\nfindings contains {\n",
    );
    write(
        "security-monkey.toml",
        "[extend]\ntechnologies = \"technologies\"\nrules = \"rules\"\n",
    );
    let check = ran(command(folder.path(), &["config", "check"]));
    assert_eq!(check.code, Some(1), "{}{}", check.stdout, check.stderr);
    for part in ["aws/sqs/thing.toml:", "aws/s3/broken.rego:"] {
        assert!(check.stdout.contains(part), "'{part}' is missing in:\n{}", check.stdout);
    }
    let list = ran(command(folder.path(), &["rules", "list", "--format", "jsonl"]));
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert!(
        list.stdout.lines().count() > 20 && list.stderr.contains("broken.rego"),
        "{}",
        list.stderr
    );
}

#[test]
fn every_mistake_of_a_configuration_is_said_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[database]\nurl = \"mysql://x\"\n\n[server]\npublic_url = \"monkey\"\n\n[scan]\ntechnologies = [\"aws.s3.buckets\"]\n\n[extend]\nrules = \"nowhere\"\n";
    std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
    let check = ran(command(folder.path(), &["config", "check"]));
    assert_eq!(check.code, Some(1), "{}{}", check.stdout, check.stderr);
    for part in [
        "security-monkey.toml:2:1: database.url: this names no database",
        "security-monkey.toml:5:1: server.public_url: 'monkey' is no public URL",
        "security-monkey.toml:8:1: scan.technologies: there is no technology aws.s3.buckets",
        "hint: did you mean aws.s3.bucket?",
        "security-monkey.toml:11:1: extend.rules: there is no folder nowhere",
    ] {
        assert!(check.stdout.contains(part), "'{part}' is missing in:\n{}", check.stdout);
    }
    assert!(!check.stdout.contains("ok:"), "{}", check.stdout);
    assert_eq!(check.stdout.matches("error: ").count(), 4, "{}", check.stdout);
    // Without the folder of technologies, the rules are checked against ours.
    let text = "[extend]\ntechnologies = \"nowhere\"\n";
    std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
    let check = ran(command(folder.path(), &["config", "check"]));
    assert_eq!(check.code, Some(1), "{}", check.stdout);
    assert_eq!(check.stdout.matches("error: ").count(), 1, "{}", check.stdout);
    assert!(
        check
            .stdout
            .contains("security-monkey.toml:2:1: extend.technologies: there is no folder nowhere"),
        "{}",
        check.stdout
    );
    let by_environment = ran({
        let mut command = command(folder.path(), &["config", "check", "--config", "empty.toml"]);
        std::fs::write(folder.path().join("empty.toml"), "").expect("write");
        command.env("SECURITY_MONKEY_PUBLIC_URL", "monkey");
        command
    });
    assert!(
        by_environment.stdout.contains("error: server.public_url: 'monkey'"),
        "{}",
        by_environment.stdout
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let migrated = ran(command(folder.path(), &["db", "migrate"]));
    assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
    let made_newer = std::process::Command::new(crate::product::python())
        .args(["-c", "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\nbase.execute(\"insert into schema_migration values (9999, 'later', '', 0)\")\nbase.commit()"])
        .arg(folder.path().join("security-monkey.db"))
        .status()
        .expect("start Python");
    assert!(made_newer.success());
    let bytes = || std::fs::read(folder.path().join("security-monkey.db")).expect("read the database");
    let before = bytes();
    for arguments in [
        &["accounts", "list"][..],
        &["accounts", "add", "111111111111"],
        &["db", "migrate"],
        &["db", "verify"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let answer = ran(command(folder.path(), arguments));
        assert_eq!(
            answer.code,
            Some(2),
            "{arguments:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
        assert!(
            answer.stderr.contains("9999") && answer.stderr.contains("newer"),
            "{arguments:?}: {}",
            answer.stderr
        );
        assert!(bytes() == before, "{arguments:?} has written to the database");
    }
}

#[test]
fn the_least_privilege_policy_is_an_iam_policy_and_holds_only_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = ran(command(folder.path(), &["iam-policy"]));
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let policy: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    let actions: Vec<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .expect("actions")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(actions.contains(&"s3:GetBucketPolicy"), "{actions:?}");
    for action in actions {
        let verb = action.split(':').nth(1).unwrap_or_default();
        let is_read = ["Get", "List", "Describe", "Generate"]
            .iter()
            .any(|prefix| verb.starts_with(prefix));
        assert!(is_read && !verb.contains("Secret"), "{action}");
    }
}

#[test]
fn a_policy_is_explained_compared_expanded_and_minimised() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("write");
    let bucket = |principal: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Read","Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}]}}"#
        )
    };
    write("public.json", &bucket("\"*\""));
    write("own.json", &bucket(r#"{"AWS":"arn:aws:iam::111111111111:root"}"#));
    write(
        "powerful.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"*"}]}"#,
    );
    write(
        "broken.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Permit"}]}"#,
    );
    let run = |arguments: &[&str]| ran(command(folder.path(), arguments));

    let public = run(&["policy", "explain", "public.json", "--json"]);
    let answer: Value =
        serde_json::from_str(&public.stdout).unwrap_or_else(|error| panic!("{error}: {}", public.stderr));
    assert_eq!(answer["reach"][0]["class"], "internet", "{answer:#}");
    assert!(!answer["reach"][0]["witness"].is_null(), "an answer comes with proof");
    let said = run(&["policy", "explain", "public.json"]).stdout;
    assert!(
        said.contains("internet") && said.contains("Read") && said.contains("for example"),
        "{said}"
    );
    let said = run(&["policy", "explain", "powerful.json"]).stdout;
    assert!(
        said.contains("1 way to more rights") && said.contains("iam:CreatePolicyVersion on"),
        "{said}"
    );
    let request = [
        "policy",
        "explain",
        "own.json",
        "--account",
        "111111111111",
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::b/x",
        "--principal",
    ];
    let ask = |principal: &str| run(&[&request[..], &[principal]].concat()).stdout;
    assert!(
        ask("*").starts_with("not allowed: anybody, without credentials"),
        "{}",
        ask("*")
    );
    let root = ask("111111111111");
    assert!(
        root.starts_with("allowed: ")
            && root.contains("statement \"Read\" of resource policy own.json (line 1, column 38)"),
        "{root}"
    );
    let nobody = run(&[&request[..], &["bob"]].concat());
    assert!(
        nobody.code == Some(2) && nobody.stderr.contains("nobody who could ask"),
        "{}",
        nobody.stderr
    );

    assert!(
        run(&["policy", "diff", "own.json", "public.json"])
            .stdout
            .starts_with("widened")
    );
    assert!(
        run(&["policy", "diff", "public.json", "own.json"])
            .stdout
            .starts_with("narrowed")
    );
    assert!(
        run(&["policy", "diff", "own.json", "own.json"])
            .stdout
            .starts_with("neutral")
    );
    assert!(
        run(&["policy", "expand", "public.json"])
            .stdout
            .to_lowercase()
            .contains("s3:getobject")
    );
    let minimised = run(&["policy", "minimise", "public.json", "--json"]);
    let patterns: Value = serde_json::from_str(&minimised.stdout).expect("JSON");
    assert_eq!(patterns["patterns"], serde_json::json!(["s3:GetObject"]));
    let said_as_json = |arguments: &[&str]| -> Value {
        let answer = run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr))
    };
    let widened = said_as_json(&["policy", "diff", "own.json", "public.json"]);
    assert_eq!(widened["direction"], "widened", "{widened:#}");
    assert_eq!(widened["gained"][0]["sid"], "Read", "{widened:#}");
    assert_eq!(
        widened["gained"][0]["principals"],
        serde_json::json!(["*"]),
        "{widened:#}"
    );
    assert_eq!(widened["lost"], serde_json::json!([]), "{widened:#}");
    let expanded = said_as_json(&["policy", "expand", "public.json"]);
    assert_eq!(expanded[0]["effect"], "Allow", "{expanded:#}");
    assert_eq!(expanded[0]["levels"][0]["level"], "read", "{expanded:#}");
    let action = expanded[0]["levels"][0]["actions"][0].as_str().expect("an action");
    assert_eq!(action.to_lowercase(), "s3:getobject");

    let piped = |arguments: &[&str], file: &str| {
        let mut command = command(folder.path(), arguments);
        command.stdin(std::fs::File::open(folder.path().join(file)).expect("the policy"));
        ran(command)
    };
    for (arguments, beginning) in [
        (&["policy", "diff", "own.json", "-"], "widened"),
        (&["policy", "diff", "-", "own.json"], "narrowed"),
    ] {
        let answer = piped(arguments, "public.json");
        assert!(
            answer.stdout.starts_with(beginning),
            "{arguments:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
    }
    for verb in ["explain", "expand", "minimise"] {
        let answer = piped(&["policy", verb, "-", "--json"], "public.json");
        assert_eq!(answer.code, Some(0), "{verb}: {}", answer.stderr);
        let by_file = run(&["policy", verb, "public.json", "--json"])
            .stdout
            .replace("public.json", "-");
        assert_eq!(answer.stdout, by_file, "{verb}");
    }

    let broken = run(&["policy", "explain", "broken.json"]);
    assert_eq!(broken.code, Some(2));
    assert!(
        broken.stderr.contains("Statement[0]")
            && broken.stderr.contains("Permit")
            && broken.stderr.contains("line 1, column 48"),
        "{}",
        broken.stderr
    );
}
