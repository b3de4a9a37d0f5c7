//! `policy`: what its page shows is what it prints, and every flag counts.

use std::fmt::Write as _;
use std::path::Path;

use security_monkey_testkit::python::workspace_root;
use serde_json::Value;

use crate::product::{Ran, command, ran};

const PAGE: &str = "docs/reference/iam-policy-command.md";

/// A command of the page, and what it prints there.
struct Example {
    arguments: Vec<String>,
    output: String,
}

/// The page's documents (a paragraph that ends in "`NAME`:" before a block of JSON), written into the folder; and its examples.
fn read_page(folder: &Path) -> Vec<Example> {
    let page = std::fs::read_to_string(workspace_root().join(PAGE)).expect("the page");
    let mut examples: Vec<Example> = Vec::new();
    let mut parts = page.split("```");
    let mut before = parts.next().unwrap_or_default();
    while let (Some(block), Some(after)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a block with a language");
        let name = before
            .trim_end()
            .strip_suffix("`:")
            .and_then(|text| text.rsplit('`').next());
        match (language, name) {
            ("json", Some(name)) => std::fs::write(folder.join(name), text).expect("write"),
            ("console", _) => {
                for line in text.lines() {
                    if let Some(words) = line.strip_prefix("$ security-monkey ") {
                        let arguments = words.split(' ').map(ToOwned::to_owned).collect();
                        let output = String::new();
                        examples.push(Example { arguments, output });
                    } else {
                        let example = examples.last_mut().expect("a command before its output");
                        writeln!(example.output, "{line}").expect("a text");
                    }
                }
            }
            _ => {}
        }
        before = after;
    }
    examples
}

#[test]
fn the_examples_of_the_page_print_what_it_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let examples = read_page(folder.path());
    let verbs: Vec<&str> = examples.iter().map(|example| example.arguments[1].as_str()).collect();
    for verb in ["explain", "diff", "expand", "minimise"] {
        assert!(verbs.contains(&verb), "{verb} has no example in {PAGE}");
    }
    for example in examples {
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        let answer = ran(command(folder.path(), &arguments));
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
        assert_eq!(answer.stdout, example.output, "{arguments:?}");
    }
}

/// The documents that the flags are tried on.
fn papers() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, statement: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        std::fs::write(folder.path().join(name), text).expect("write");
    };
    let objects = r#""Resource": "arn:aws:s3:::records/*"}"#;
    write(
        "alice.json",
        &format!(r#"{{"Effect": "Allow", "Action": "s3:PutObject", {objects}"#),
    );
    write(
        "reader.json",
        &format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", {objects}"#),
    );
    let alice = r#"{"AWS": "arn:aws:iam::111111111111:user/alice"}"#;
    write(
        "for-alice.json",
        &format!(r#"{{"Effect": "Allow", "Principal": {alice}, "Action": "s3:GetObject", {objects}"#),
    );
    let staging = r#"{"AWS": "arn:aws:iam::222222222222:root"}"#;
    write(
        "staging.json",
        &format!(r#"{{"Effect": "Allow", "Principal": {staging}, "Action": "s3:GetObject", {objects}"#),
    );
    let alice = r#"{"AWS": "arn:aws:iam::111111111111:user/alice"}"#;
    write(
        "names-alice.json",
        &format!(r#"{{"Effect": "Allow", "Principal": {alice}, "Action": "s3:PutObject", {objects}"#),
    );
    write(
        "public.json",
        &format!(r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", {objects}"#),
    );
    let ours = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#;
    write(
        "ours.json",
        &format!(r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": {ours}, {objects}"#),
    );
    write(
        "no-writes.json",
        r#"{"Sid": "NoWrites", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}"#,
    );
    write(
        "reads.json",
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#,
    );
    let region = r#"{"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}"#;
    write(
        "region.json",
        &format!(r#"{{"Sid": "Region", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {region}}}"#),
    );
    write(
        "door.json",
        r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}"#,
    );
    let block = r#"{"public_access_block": {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": true}}}"#;
    std::fs::write(folder.path().join("around.json"), block).expect("write");
    folder
}

/// One question, and each flag with what it adds to the answer, which without it says something else.
fn assert_flags_count(question: &str, says: &str, flags: &[(&str, &str)]) {
    let folder = papers();
    let ask = |words: &str| -> Ran {
        let arguments: Vec<&str> = ["policy", "explain"].into_iter().chain(words.split(' ')).collect();
        let answer = ran(command(folder.path(), &arguments));
        assert_eq!(answer.code, Some(0), "{words}: {}", answer.stderr);
        answer
    };
    let plain = ask(question).stdout;
    assert!(plain.contains(says), "{question}: '{says}' is missing in:\n{plain}");
    for (flag, adds) in flags {
        assert!(
            !plain.contains(adds),
            "{question} says '{adds}' without {flag}:\n{plain}"
        );
        let answer = ask(&format!("{question} {flag}")).stdout;
        assert!(answer.contains(adds), "{flag}: '{adds}' is missing in:\n{answer}");
    }
}

const ALICE_PUTS: &str = "--action s3:PutObject --resource arn:aws:s3:::records/x --account 111111111111 --principal arn:aws:iam::111111111111:user/alice";

#[test]
fn what_stands_around_an_identitys_policy_decides_with_it() {
    assert_flags_count(
        &format!("alice.json {ALICE_PUTS}"),
        "allowed: ",
        &[
            ("--boundary reader.json", "no permissions boundary allows it"),
            ("--session-policy reader.json", "no session policy allows it"),
            ("--scp reader.json", "no service control policy allows it"),
            (
                "--scp region.json --context aws:RequestedRegion=us-east-1",
                "by statement \"Region\" of service control policy region.json (line 1, column 40)",
            ),
            (
                "--scp region.json --context aws:RequestedRegion=eu-central-1",
                "policy FullAWSAccess",
            ),
            // Several values of one key.
            (
                "--scp region.json --context aws:RequestedRegion=eu-west-1 --context aws:requestedregion=us-east-1",
                "with aws:requestedregion=eu-west-1, aws:requestedregion=us-east-1",
            ),
            ("--context s3:prefix=", "on arn:aws:s3:::records/x with s3:prefix=\n"),
            ("--context aws:UserAgent=a|b", "with aws:useragent=a|b\n"),
            (
                "--context {\"aws:RequestTag/a=b\":\"x\"}",
                "with aws:requesttag/a=b=x\n",
            ),
            (
                "--scp region.json",
                "not given: aws:RequestedRegion: the answer depends on it",
            ),
            (
                "--resource-account 222222222222",
                "belongs to account 222222222222, which must allow the request",
            ),
            (
                "--rcp no-writes.json",
                "by statement \"NoWrites\" of resource control policy no-writes.json (line 1, column 40)",
            ),
        ],
    );
    assert_flags_count(
        &format!("reader.json {ALICE_PUTS}"),
        "not allowed: ",
        &[
            ("--identity-policy alice.json", "identity policy alice.json"),
            ("--resource-policy names-alice.json", "resource policy names-alice.json"),
        ],
    );
}

/// Organizations User Guide, "RCP evaluation": `RCPFullAWSAccess` stands at every level and cannot be detached.
#[test]
fn a_resource_control_policy_that_allows_something_else_takes_nothing_away() {
    let folder = papers();
    let ask = |rcp: &[&str]| {
        let mut arguments = vec!["policy", "explain", "alice.json"];
        arguments.extend(ALICE_PUTS.split(' '));
        arguments.extend(rcp);
        ran(command(folder.path(), &arguments)).stdout
    };
    assert!(ask(&[]).starts_with("allowed: "), "{}", ask(&[]));
    assert_eq!(ask(&["--rcp", "reads.json"]), ask(&[]));
}

#[test]
fn whom_we_know_is_named() {
    let resource = "--resource arn:aws:s3:::records";
    assert_flags_count(
        &format!("staging.json {resource}"),
        "an unknown account, arn:aws:iam::222222222222:root",
        &[
            ("--friendly 222222222222=staging", "a friendly account \"staging\""),
            ("--friendly 222222222222", "a friendly account \"222222222222\""),
            ("--third-party 222222222222=vendor", "a third-party account \"vendor\""),
            ("--account 222222222222", "the same account"),
        ],
    );
    assert_flags_count(
        &format!("ours.json {resource}"),
        "an unknown organisation, o-ours1234567",
        &[("--organisation o-ours1234567", "our organisation, o-ours1234567")],
    );
    assert_flags_count(
        &format!("public.json {resource}"),
        "the internet: ",
        &[("--surroundings around.json", "but not today: RestrictPublicBuckets")],
    );
}

const SAM_READS: &str = "--action s3:GetObject --resource arn:aws:s3:::records/x --account 111111111111 --session-policy reader.json --principal arn:aws:sts::111111111111:federated-user/sam";

#[test]
fn a_federated_user_has_what_the_user_who_made_the_session_is_given() {
    assert_flags_count(
        &format!("for-alice.json {SAM_READS}"),
        "not allowed: ",
        &[
            (
                "--federating-user arn:aws:iam::111111111111:user/alice",
                "by statement 1 of resource policy for-alice.json",
            ),
            (
                "--federating-user arn:aws:iam::111111111111:user/bob",
                "federated-user/sam (made by arn:aws:iam::111111111111:user/bob) asks for",
            ),
        ],
    );
    let folder = papers();
    let words =
        format!("policy explain for-alice.json {SAM_READS} --federating-user arn:aws:iam::222222222222:user/alice");
    let answer = ran(command(folder.path(), &words.split(' ').collect::<Vec<_>>()));
    assert_ne!(answer.code, Some(0));
    assert!(
        answer.stderr.contains("cannot have made the session of"),
        "{}",
        answer.stderr
    );
}

#[test]
fn the_kind_of_a_document_can_be_given() {
    assert_flags_count(
        "door.json",
        "trust policy, 1 statement",
        &[("--kind resource", "resource policy, 1 statement")],
    );
    assert_flags_count(
        "alice.json",
        "identity policy: not an administrator",
        &[
            ("--kind boundary", "boundary policy: it grants nothing, it limits"),
            ("--kind session", "session policy: it grants nothing, it limits"),
        ],
    );
}

#[test]
fn an_action_that_aws_has_not_published_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:Frobnicate", "s3:GetObject"], "Resource": "*"}}"#;
    std::fs::write(folder.path().join("unknown.json"), policy).expect("write");
    let run = |arguments: &[&str]| ran(command(folder.path(), &[&["policy"], arguments].concat()));
    let said = run(&["expand", "unknown.json"]);
    assert_eq!(
        (said.code, &*said.stdout),
        (
            Some(0),
            "Allow Statement\n  Read\n    s3:GetObject\n  matches no published action: s3:Frobnicate\n"
        )
    );
    let answer: Value = serde_json::from_str(&run(&["expand", "unknown.json", "--json"]).stdout).expect("JSON");
    assert_eq!(answer[0]["unknown"], serde_json::json!(["s3:Frobnicate"]), "{answer:#}");
    let minimised = run(&["minimise", "unknown.json"]);
    assert_eq!(minimised.stdout, "s3:Frobnicate\ns3:GetObject\n");
    let shortest = run(&["minimise", "unknown.json", "--shortest"]);
    assert_eq!(shortest.stdout, "s3:frobnicate\ns3:getobject\n");
    assert!(
        minimised.stderr.contains("s3:Frobnicate is no published action"),
        "{}",
        minimised.stderr
    );
}

#[test]
fn a_request_without_a_resource_is_not_taken_for_one_for_any() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}"#;
    std::fs::write(folder.path().join("alice.json"), policy).expect("write");
    let ask = |arguments: &[&str]| {
        let question = [&["policy", "explain", "alice.json", "--action"], arguments].concat();
        ran(command(folder.path(), &question)).stdout
    };
    let note = "no resource was given and the policy names some for s3:GetObject";
    let said = ask(&["s3:GetObject"]);
    assert!(said.starts_with("not allowed: ") && said.contains(note), "{said}");
    let said = ask(&["s3:GetObject", "--resource", "arn:aws:s3:::records/x"]);
    assert!(
        said.starts_with("allowed: ") && !said.contains("no resource was given"),
        "{said}"
    );
    let said = ask(&["s3:ListAllMyBuckets"]);
    assert!(
        said.starts_with("allowed: ") && !said.contains("no resource was given"),
        "{said}"
    );
}

/// IAM User Guide, "IAM and AWS STS quotas"; Organizations User Guide, "Quotas and service limits"; S3 User Guide, "Bucket policies".
#[test]
fn a_policy_that_aws_would_find_too_large_is_said_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, length: usize, principal: &str| {
        let resource = "x".repeat(length);
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny",{principal}"Action":"s3:GetObject","Resource":"arn:aws:s3:::{resource}"}}]}}"#
        );
        std::fs::write(folder.path().join(name), policy).expect("write");
    };
    write("small.json", 5_900, "");
    write("large.json", 7_000, "");
    write("larger.json", 11_000, "");
    write("bucket.json", 21_000, r#""Principal":"*","#);
    let notes = |words: &str| {
        let arguments: Vec<&str> = ["policy", "explain"].into_iter().chain(words.split(' ')).collect();
        let answer = ran(command(folder.path(), &arguments));
        assert_eq!(answer.code, Some(0), "{words}: {}", answer.stderr);
        let lines = answer.stderr.lines().filter(|line| line.starts_with("note: "));
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(notes("small.json"), Vec::<String>::new());
    let size = |length: usize| length + 107;
    for (words, name, length, limit) in [
        (
            "large.json",
            "large.json",
            7_000,
            "characters without white space, a managed policy allows 6144",
        ),
        (
            "large.json --kind boundary",
            "large.json",
            7_000,
            "characters without white space, a managed policy allows 6144",
        ),
        (
            "larger.json --kind service-control",
            "larger.json",
            11_000,
            "characters, a service control policy allows 10240",
        ),
        (
            "small.json --scp larger.json",
            "larger.json",
            11_000,
            "characters, a service control policy allows 10240",
        ),
        (
            "small.json --boundary large.json",
            "large.json",
            7_000,
            "characters without white space, a managed policy allows 6144",
        ),
        (
            "small.json --session-policy large.json",
            "large.json",
            7_000,
            "characters, a session policy allows 2048",
        ),
        (
            "small.json --identity-policy large.json",
            "large.json",
            7_000,
            "characters without white space, a managed policy allows 6144",
        ),
    ] {
        let note = format!(
            "note: {name}: the policy has {} {limit} (line 1, column 1)",
            size(length)
        );
        // What AWS would answer follows, where it is known.
        assert!(
            matches!(&notes(words)[..], [said] if *said == note || said.starts_with(&format!("{note}; AWS would answer: "))),
            "{words}: {note}"
        );
    }
    let bucket = notes("bucket.json --resource arn:aws:s3:::records");
    assert!(
        matches!(&bucket[..], [note] if note.contains("bytes, a bucket policy allows 20480")),
        "{bucket:?}"
    );
    // A service control policy may be larger than a managed one.
    assert_eq!(notes("large.json --kind service-control"), Vec::<String>::new());
}

/// `aws s3api get-bucket-policy` prints the policy as a string inside of an object; a template holds many policies.
#[test]
fn what_aws_prints_is_read_and_what_is_no_policy_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let statement = serde_json::json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
    let write = |name: &str, value: &Value| {
        std::fs::write(folder.path().join(name), value.to_string()).expect("write");
    };
    write("plain.json", &policy);
    write("printed.json", &serde_json::json!({ "Policy": policy.to_string() }));
    write("string.json", &Value::String(policy.to_string()));
    write(
        "template.json",
        &serde_json::json!({ "Resources": { "P": { "Properties": { "PolicyDocument": policy } } } }),
    );
    let run = |words: &str| {
        let arguments: Vec<&str> = std::iter::once("policy").chain(words.split(' ')).collect();
        ran(command(folder.path(), &arguments))
    };
    let plain = run("explain plain.json --resource arn:aws:s3:::b");
    assert!(plain.stdout.contains("the internet: "), "{}", plain.stdout);
    for name in ["printed.json", "string.json"] {
        let answer = run(&format!("explain {name} --resource arn:aws:s3:::b"));
        assert_eq!((answer.code, &answer.stdout), (Some(0), &plain.stdout), "{name}");
        assert!(answer.stderr.contains("is read"), "{name}: {}", answer.stderr);
        let same = run(&format!("diff plain.json {name}"));
        assert!(same.stdout.starts_with("neutral"), "{name}: {}", same.stdout);
    }
    for words in [
        "explain template.json",
        "diff template.json template.json",
        "expand template.json",
        "minimise template.json",
        "explain plain.json --resource arn:aws:s3:::b --scp template.json",
    ] {
        let answer = run(words);
        assert_eq!((answer.code, &*answer.stdout), (Some(2), ""), "{words}");
        assert!(
            answer
                .stderr
                .contains("jq '.Resources.P.Properties.PolicyDocument' FILE"),
            "{words}: {}",
            answer.stderr
        );
    }
}

#[test]
fn nobody_has_a_reason_and_a_sharing_list_an_answer() {
    let folder = papers();
    let run = |words: &str| {
        let arguments: Vec<&str> = ["policy", "explain"].into_iter().chain(words.split(' ')).collect();
        ran(command(folder.path(), &arguments))
    };
    let elsewhere = run("public.json --resource arn:aws:s3:::another");
    assert!(
        elsewhere.stdout.contains(
            "nobody can reach it through this policy\n\nstatement 1 lets nobody in\n  it is about other resources"
        ),
        "{}",
        elsewhere.stdout
    );
    let shared = r#"{"SnapshotId": "snap-1", "CreateVolumePermissions": [{"Group": "all"}]}"#;
    std::fs::write(folder.path().join("snapshot.json"), shared).expect("write");
    let answer = run("snapshot.json");
    assert!(
        answer
            .stdout
            .starts_with("sharing of an EBS snapshot\n\nany AWS account"),
        "{}",
        answer.stdout
    );
    assert_eq!(run("snapshot.json --action ec2:CreateVolume").code, Some(2));
}

#[test]
fn a_door_that_was_closed_on_a_day_is_told_for_the_days_before() {
    let folder = papers();
    let door = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}}"#;
    std::fs::write(folder.path().join("until.json"), door).expect("write");
    let run = |words: &str| {
        let question = format!("policy explain until.json --resource arn:aws:s3:::records{words}");
        ran(command(folder.path(), &question.split(' ').collect::<Vec<_>>())).stdout
    };
    let today = run("");
    assert!(
        today.contains("nobody can reach it") && today.contains("nobody meets aws:CurrentTime"),
        "{today}"
    );
    let then = run(" --as-of 2019-12-24T18:00:00Z");
    assert!(
        then.contains("\nthe internet: anybody") && then.contains("aws:currenttime=2019-12-24T18:00:00Z"),
        "{then}"
    );
    let one = "/x --action s3:GetObject --principal *";
    assert!(run(one).starts_with("not allowed: "), "{}", run(one));
    let one_then = run(&format!("{one} --as-of 2019-12-24T18:00:00Z"));
    assert!(one_then.starts_with("allowed: "), "{one_then}");
}
