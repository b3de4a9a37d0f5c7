//! What AWS or the machine refuses, as the program says it: what, where, what to do. Nothing recorded is lost by it, nothing is called deleted,
//! and the rest of the scan goes on.

use std::path::Path;

use security_monkey_testkit::moto::Moto;
use serde_json::Value;

use crate::product::{Ran, command, command_on, ran, run_python};
use crate::refusing::{self, CAPTIVE, NOT_TRUSTED, SWITCHED_OFF};

fn assert_says(answer: &Ran, parts: &[&str]) {
    let said = format!("{}{}", answer.stdout, answer.stderr);
    for part in parts {
        assert!(said.contains(part), "'{part}' is missing in:\n{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

/// Once, and not again in other words.
fn assert_says_once(answer: &Ran, parts: &[&str]) {
    let said = format!("{}{}", answer.stdout, answer.stderr);
    for part in parts {
        assert_eq!(said.matches(part).count(), 1, "'{part}' in:\n{said}");
    }
}

fn on<'f>(endpoint: &'f str, folder: &'f Path) -> impl Fn(&[&str]) -> Ran + 'f {
    move |arguments| ran(command_on(endpoint, folder, arguments))
}

#[test]
fn credentials_that_are_not_there_or_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let aws = folder.path().join(".aws");
    std::fs::create_dir_all(aws.join("folder")).expect("make");
    let write = |name: &str, text: &str| std::fs::write(aws.join(name), text).expect("write");
    write("broken", "[default]\naws_access_key_id = AKIA\nthis is no setting\n");
    write("half", "[default]\naws_access_key_id = AKIA\n");
    write(
        "good",
        "[profile spoke]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = hub\n",
    );
    write(
        "process",
        "[default]\ncredential_process = echo no token today >&2; exit 7\n",
    );
    let path = |name: &str| aws.join(name).display().to_string();
    for (variables, parts) in [
        (&[][..], &["no credentials found"][..]),
        (
            &[("AWS_PROFILE", "nowhere".to_owned())],
            &["there is no profile 'nowhere'"],
        ),
        (
            &[("AWS_PROFILE", "spoke".to_owned()), ("AWS_CONFIG_FILE", path("good"))],
            &["there is no profile 'hub' (the source_profile of 'spoke') in", "good"],
        ),
        (
            &[("AWS_SHARED_CREDENTIALS_FILE", path("folder"))],
            &["could not read", "folder", "directory"],
        ),
        (
            &[("AWS_SHARED_CREDENTIALS_FILE", path("absent"))],
            &["AWS_SHARED_CREDENTIALS_FILE names", "absent"],
        ),
        (
            &[("AWS_SHARED_CREDENTIALS_FILE", path("broken"))],
            &["broken", "line 3"],
        ),
        (
            &[("AWS_SHARED_CREDENTIALS_FILE", path("half"))],
            &["aws_secret_access_key"],
        ),
        (&[("AWS_CONFIG_FILE", path("process"))], &["no token today"]),
    ] {
        let mut scan = command(folder.path(), &["scan", "-t", "aws.ec2.vpc"]);
        scan.envs(variables.iter().map(|(name, value)| (name, value)));
        let answer = ran(scan);
        assert_eq!(
            answer.code,
            Some(2),
            "{variables:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
        assert_says(&answer, parts);
        assert_says(&answer, &["\nhint: "]);
        assert_says_once(&answer, &["error: "]);
        assert!(!answer.stderr.contains("WARN"), "{variables:?}: {}", answer.stderr);
    }
}

#[test]
fn a_role_that_cannot_be_assumed_takes_only_its_own_account_away() {
    let moto = Moto::start().expect("start the fake AWS");
    let endpoint = refusing::before(moto.url(), &[NOT_TRUSTED]);
    let folder = tempfile::tempdir().expect("a folder");
    let open = on(moto.url(), folder.path());
    let closed = on(&endpoint, folder.path());
    let role = "arn:aws:iam::222222222222:role/Reader";
    for arguments in [
        &["accounts", "add", "--name", "main"][..],
        &["accounts", "add", "222222222222", "--name", "other", "--role", role],
    ] {
        let added = open(arguments);
        assert_eq!(added.code, Some(0), "{}", added.stderr);
    }
    let scan = [
        "scan",
        "--record",
        "-r",
        "us-east-1",
        "-t",
        "aws.ec2.vpc",
        "--fail-on",
        "none",
        "-f",
        "json",
    ];
    let accounts = |answer: &Ran| -> Vec<String> {
        let report: Value =
            serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr));
        let findings = report["findings"].as_array().expect("findings");
        let mut accounts: Vec<String> = findings
            .iter()
            .filter_map(|finding| Some(finding["account"].as_str()?.to_owned()))
            .collect();
        accounts.sort_unstable();
        accounts
    };
    let before = open(&scan);
    assert_eq!(before.code, Some(0), "{}", before.stderr);
    assert_eq!(accounts(&before), ["123456789012", "222222222222"]);

    let after = closed(&scan);
    assert_eq!(
        accounts(&after),
        ["123456789012", "222222222222"],
        "nothing is resolved by it"
    );
    assert_says(
        &after,
        &[
            "222222222222",
            "AccessDenied",
            "assume arn:aws:iam::222222222222:role/Reader (role 1 of 1)",
            "trust policy and external id",
        ],
    );
    for part in ["warning: ", "account 222222222222", "cannot be read"] {
        assert_eq!(after.stderr.matches(part).count(), 1, "'{part}' in:\n{}", after.stderr);
    }
    let gaps = closed(&[&scan[..], &["--fail-on-gaps"]].concat());
    assert_eq!(gaps.code, Some(3), "{}", gaps.stderr);
    let alone = closed(&[&scan[..], &["-a", "222222222222"]].concat());
    assert_eq!(alone.code, Some(2), "no account could be read at all: {}", alone.stderr);
}

#[test]
fn a_region_that_is_switched_off_is_said_and_deletes_nothing() {
    let moto = Moto::start().expect("start the fake AWS");
    let endpoint = refusing::before(moto.url(), &[SWITCHED_OFF]);
    let folder = tempfile::tempdir().expect("a folder");
    let open = on(moto.url(), folder.path());
    let closed = on(&endpoint, folder.path());
    let added = open(&[
        "accounts",
        "add",
        "--name",
        "main",
        "--region",
        "me-south-1",
        "--region",
        "us-east-1",
    ]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let scan = ["scan", "--record", "-t", "aws.ec2.vpc", "--fail-on", "none"];
    let before = open(&scan);
    assert_eq!(before.code, Some(0), "{}", before.stderr);
    assert_says(&before, &["2 resources", "me-south-1"]);
    let after = closed(&scan);
    assert_eq!(after.code, Some(0), "it is expected: {}", after.stderr);
    assert_says(
        &after,
        &[
            "1 resource in",
            "us-east-1",
            "region me-south-1 is switched off for account 123456789012",
            "hint: ",
        ],
    );
    assert_says_once(&after, &["region me-south-1 is switched off"]);
    let history = closed(&["history", "vpc-", "-f", "json"]);
    assert!(!history.stdout.contains("deleted"), "{}", history.stdout);
    // Not among the account's own regions: nothing was to be looked at.
    let elsewhere = closed(&["scan", "--record", "-t", "aws.ec2.vpc", "-r", "eu-south-2"]);
    assert_eq!(elsewhere.code, Some(2));
    assert_says_once(
        &elsewhere,
        &["error: ", "nothing was looked at in eu-south-2", "hint: "],
    );
}

#[test]
fn an_answer_that_is_not_awss_is_a_gap_and_deletes_nothing() {
    let moto = Moto::start().expect("start the fake AWS");
    let endpoint = refusing::before(moto.url(), &[CAPTIVE]);
    let folder = tempfile::tempdir().expect("a folder");
    run_python(
        "import boto3, sys\nboto3.client('ec2', endpoint_url=sys.argv[1], region_name='us-east-1').create_security_group(GroupName='kept', Description='d')",
        &[moto.url()],
    );
    let open = on(moto.url(), folder.path());
    let closed = on(&endpoint, folder.path());
    let added = open(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let scan = [
        "scan",
        "--record",
        "-t",
        "aws.ec2.vpc",
        "-t",
        "aws.ec2.security-group",
        "--fail-on",
        "none",
    ];
    assert_eq!(open(&scan).code, Some(0));
    let after = closed(&scan);
    assert_says(
        &after,
        &[
            "Could not look:",
            "malformed",
            "DescribeSecurityGroups",
            "VPC without flow logs",
            "nothing is called safe",
        ],
    );
    // Everything in one row of one table: where, what was asked, what came instead, what to do.
    let (_, gaps) = after.stdout.split_once("Could not look:").expect("the gaps");
    assert_eq!(gaps.matches("malformed").count(), 1, "{gaps}");
    let listed = closed(&[&scan[..], &["-f", "json"]].concat());
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let rows = listed["coverage_gaps"].as_array().expect("gaps");
    assert_eq!(rows.len(), 1, "{listed:#}");
    assert_eq!(rows[0]["operation"], "ec2:DescribeSecurityGroups", "{listed:#}");
    let message = rows[0]["message"].as_str().expect("a message");
    assert!(message.contains("hint: "), "{message}");
    let history = closed(&["history", "kept", "-f", "json"]);
    let revisions: Value =
        serde_json::from_str(&history.stdout).unwrap_or_else(|error| panic!("{error}: {}", history.stderr));
    assert_eq!(revisions.as_array().map(Vec::len), Some(1), "{revisions:#}");
    assert_eq!(revisions[0]["change"], "created");
}

#[test]
fn a_broken_rule_is_named_and_the_scan_goes_on() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules/aws/ec2");
    std::fs::create_dir_all(&rules).expect("make");
    std::fs::write(
        rules.join("vpc.broken.rego"),
        "package rules.aws.ec2.vpc.broken\n\nfindings contains {\n",
    )
    .expect("write");
    std::fs::write(
        folder.path().join("security-monkey.toml"),
        "[extend]\nrules = \"rules\"\n",
    )
    .expect("write");
    let scan = ran(command_on(
        moto.url(),
        folder.path(),
        &["scan", "-r", "us-east-1", "-t", "aws.ec2.vpc", "--fail-on", "none"],
    ));
    assert_eq!(scan.code, Some(0), "{}", scan.stderr);
    assert_says(
        &scan,
        &[
            "vpc.broken.rego:4:1: expecting expression",
            "this rule is not evaluated",
            "VPC without flow logs",
        ],
    );
    // Both of its mistakes, each once.
    assert_says_once(
        &scan,
        &["vpc.broken.rego:4:1:", "vpc.broken.rego:1: the rule has no metadata"],
    );
    assert_eq!(scan.stderr.matches("warning: ").count(), 2, "{}", scan.stderr);
}

#[test]
fn a_broken_technology_is_named_once_and_the_scan_goes_on() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let technologies = folder.path().join("technologies/aws/sqs");
    std::fs::create_dir_all(&technologies).expect("make");
    std::fs::write(
        folder.path().join("security-monkey.toml"),
        "[extend]\ntechnologies = \"technologies\"\n",
    )
    .expect("write");
    // A mistake, and what is no text at all.
    for (file, bytes, says) in [
        (
            "thing.toml",
            &b"id = \"aws.sqs.thing\"\nnonsense = 1\n"[..],
            "thing.toml:2:1: unknown field `nonsense`",
        ),
        ("junk.toml", b"id = \"\xff\xfe\n", "junk.toml:1:"),
    ] {
        std::fs::write(technologies.join(file), bytes).expect("write");
        for arguments in [
            &["scan", "-r", "us-east-1", "-t", "aws.ec2.vpc", "--fail-on", "none"][..],
            &["accounts", "add", "--name", "main"],
        ] {
            let answer = ran(command_on(moto.url(), folder.path(), arguments));
            assert_eq!(answer.code, Some(0), "{}", answer.stderr);
            assert_says_once(&answer, &["warning: ", says, "this technology is not watched"]);
        }
        std::fs::remove_file(technologies.join(file)).expect("remove");
    }
}

#[test]
fn an_endpoint_that_is_no_address_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let answer = ran(command_on("rubbish", folder.path(), &["scan", "-t", "aws.ec2.vpc"]));
    assert_eq!(answer.code, Some(2), "{}{}", answer.stdout, answer.stderr);
    assert_says_once(&answer, &["error: ", "AWS_ENDPOINT_URL is 'rubbish'", "hint: "]);
}

#[test]
fn a_home_region_that_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = command_on("http://127.0.0.1:1", folder.path(), &["scan", "-t", "aws.ec2.vpc"]);
    command.env("AWS_REGION", "EU WEST");
    let answer = ran(command);
    assert_eq!(answer.code, Some(2), "{}{}", answer.stdout, answer.stderr);
    assert_says_once(
        &answer,
        &["error: ", "AWS_REGION is 'EU WEST', which is no region", "hint: "],
    );
}

#[test]
fn a_scan_that_knows_other_networks_than_the_one_before_says_so() {
    let moto = Moto::start().expect("start the fake AWS");
    let folder = tempfile::tempdir().expect("a folder");
    let run = on(moto.url(), folder.path());
    let added = run(&["accounts", "add", "--name", "main", "--region", "us-east-1"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    for (networks, is_said) in [
        ("office = \"203.0.113.0/24\"", false),
        // What it is called is nobody's matter.
        ("head_office = \"203.0.113.0/24\"", false),
        ("", true),
        ("", false),
    ] {
        let text = format!("[known.networks]\n{networks}\n");
        std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
        let answer = run(&["scan", "--record", "-t", "aws.ec2.vpc", "--fail-on", "none"]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        if is_said {
            assert_says_once(
                &answer,
                &["warning: [known] of this process differs", "hint: give every"],
            );
        } else {
            assert!(!answer.stderr.contains("[known]"), "{networks}: {}", answer.stderr);
        }
    }
}
