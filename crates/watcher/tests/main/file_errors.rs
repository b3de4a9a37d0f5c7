//! Broken technology files: each says what, where and what to do.

use security_monkey_aws::models::Models;
use security_monkey_model::TechnologyId;
use security_monkey_watcher::{SourceFile, Technologies};

const SOUND: &str = r#"id = "aws.s3.bucket"
resource_type = "AWS::S3::Bucket"
title = "S3 bucket"
plural = "S3 buckets"
description = "A container."
documentation = "https://docs.aws.amazon.com/s3"
service = "s3"
reach = "global"

[[list]]
operation = "ListBuckets"
params = { MaxBuckets = 10 }
items = "Buckets[]"

[resource]
id = "{Name}"

[[detail]]
operation = "GetBucketAcl"
params = { Bucket = "{Name}" }
into = "Acl"

[document]
unordered = ["Acl.Grants"]
"#;

fn file(path: &str, text: &str, is_built_in: bool) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        display_name: path.to_owned(),
        text: text.to_owned(),
        is_built_in,
    }
}

fn errors_of(text: &str) -> Vec<String> {
    let (_, errors) = Technologies::load([file("aws/s3/bucket.toml", text, false)], Models::embedded());
    errors.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn with(from: &str, to: &str, expected: &[&str]) {
    assert!(SOUND.contains(from), "{from}");
    assert_eq!(errors_of(&SOUND.replacen(from, to, 1)), expected);
}

#[test]
fn the_sound_file_has_no_errors() {
    assert_eq!(errors_of(SOUND), [""; 0]);
}

#[test]
fn an_unknown_operation_is_named_with_the_nearest() {
    with(
        "GetBucketAcl",
        "GetBucketACLs",
        &[
            "aws/s3/bucket.toml:19:13: the service `s3` has no operation `GetBucketACLs` that may be called\n  hint: did you mean `GetBucketAcl`?",
        ],
    );
    with(
        "GetBucketAcl",
        "DeleteEverything",
        &[
            "aws/s3/bucket.toml:19:13: the service `s3` has no operation `DeleteEverything` that may be called\n  hint: only reviewed read operations can be called: see models/allowed-operations.txt",
        ],
    );
}

#[test]
fn an_unknown_service_is_named_with_the_nearest() {
    let errors = errors_of(&SOUND.replacen("service = \"s3\"", "service = \"s3s\"", 1));
    assert!(
        errors.contains(&"aws/s3/bucket.toml:7:11: AWS has no service `s3s`\n  hint: did you mean `s3`?".to_owned()),
        "{errors:?}"
    );
}

#[test]
fn a_wrong_parameter_is_named() {
    with(
        "MaxBuckets = 10",
        "MaxBucket = 10",
        &["aws/s3/bucket.toml:12:24: no parameter `MaxBucket`\n  hint: did you mean `MaxBuckets`?"],
    );
    with(
        "params = { Bucket = \"{Name}\" }\n",
        "",
        &["aws/s3/bucket.toml:18:1: `GetBucketAcl` needs the parameter `Bucket`"],
    );
    with(
        "MaxBuckets = 10",
        "MaxBuckets = [10]",
        &["aws/s3/bucket.toml:12:25: the parameter takes a single value"],
    );
    with(
        "{ Bucket = \"{Name}\" }",
        "{ Bucket = \"{Nam}\" }",
        &["aws/s3/bucket.toml:20:21: `Nam`: AWS's answer has no member `Nam` there\n  hint: did you mean `Name`?"],
    );
    with(
        "{ Bucket = \"{Name}\" }",
        "{ Bucket = \"{@each.Name}\" }",
        &["aws/s3/bucket.toml:20:21: `@each` without `each`\n  hint: name the list: each = \"…[]\""],
    );
}

#[test]
fn a_wrong_path_is_named() {
    with(
        "items = \"Buckets[]\"",
        "items = \"Bucket[]\"",
        &[
            "aws/s3/bucket.toml:13:9: `Bucket[]`: AWS's answer has no member `Bucket` there\n  hint: did you mean `Buckets`?",
        ],
    );
    with(
        "items = \"Buckets[]\"",
        "items = \"Buckets\"",
        &["aws/s3/bucket.toml:13:9: `Buckets` does not point to elements\n  hint: end it with `[]`"],
    );
    with(
        "\"Acl.Grants\"",
        "\"Acl.Grant\"",
        &[
            "aws/s3/bucket.toml:24:14: `Acl.Grant`: AWS's answer has no member `Grant` there\n  hint: did you mean `Grants`?",
        ],
    );
    with(
        "\"Acl.Grants\"",
        "\"Acl.Grants.Grantee\"",
        &[
            "aws/s3/bucket.toml:24:14: `Acl.Grants.Grantee`: `Grantee` is looked for in a list\n  hint: write `[]` after the list's name",
        ],
    );
    with(
        "\"{Name}\"\n\n",
        "\"{Acl.Owner.ID}\"\n\n",
        &["aws/s3/bucket.toml:16:6: `Acl.Owner.ID`: AWS's answer has no member `Acl` there"],
    );
    with(
        "into = \"Acl\"",
        "take = \"Grants\"",
        &[
            "aws/s3/bucket.toml:19:13: what is taken has no members to put into the document\n  hint: name the member for it: into = \"…\"",
        ],
    );
}

#[test]
fn what_a_detail_expects_must_be_in_its_answer() {
    with(
        "into = \"Acl\"",
        "into = \"Acl\"\nexpects = [\"Grants\", \"Grant\"]",
        &[
            "aws/s3/bucket.toml:22:11: `Grant`: AWS's answer has no member `Grant` there\n  hint: did you mean `Grants`?",
        ],
    );
}

#[test]
fn an_unknown_key_is_an_error() {
    with(
        "into = \"Acl\"",
        "info = \"Acl\"",
        &[
            "aws/s3/bucket.toml:21:1: unknown field `info`, expected one of `service`, `operation`, `params`, `each`, `when`, `take`, `into`, `absent`, `expects`, `leaves_out_empty`",
        ],
    );
}

#[test]
fn broken_toml_is_an_error() {
    with(
        "reach = \"global\"",
        "reach = \"global",
        &["aws/s3/bucket.toml:8:16: invalid basic string, expected `\"`"],
    );
    let errors = errors_of("");
    assert_eq!(errors, ["aws/s3/bucket.toml:1:1: missing field `id`"]);
}

#[test]
fn an_id_fits_its_path_and_is_taken_once() {
    with(
        "id = \"aws.s3.bucket\"",
        "id = \"aws.s3.buckets\"",
        &[
            "aws/s3/bucket.toml:1:6: the id `aws.s3.buckets` does not fit the file's path\n  hint: write id = \"aws.s3.bucket\", or move the file",
        ],
    );
    let twice = [
        file("aws/s3/bucket.toml", SOUND, true),
        file("aws/s3/bucket.toml", SOUND, true),
    ];
    let (_, errors) = Technologies::load(twice, Models::embedded());
    assert_eq!(
        errors[0].to_string(),
        "aws/s3/bucket.toml:1:6: the id `aws.s3.bucket` is taken by aws/s3/bucket.toml\n  hint: one id, one file"
    );
}

#[test]
fn a_link_to_nowhere_is_an_error() {
    let text = format!("{SOUND}\n[[link]]\nto = \"aws.s4.bucket\"\nby = \"Name\"\n");
    assert_eq!(
        errors_of(&text),
        ["aws/s3/bucket.toml:27:6: there is no technology `aws.s4.bucket`"]
    );
}

#[test]
fn a_users_file_replaces_ours_and_a_broken_one_does_not() {
    let id = TechnologyId::parse("aws.s3.bucket").unwrap();
    let ours = || file("aws/s3/bucket.toml", SOUND, true);
    let theirs = SOUND.replace("\"S3 bucket\"", "\"our bucket\"");
    let (technologies, errors) =
        Technologies::load([ours(), file("aws/s3/bucket.toml", &theirs, false)], Models::embedded());
    assert!(errors.is_empty());
    assert_eq!(technologies.get(&id).unwrap().title(), "our bucket");
    assert!(!technologies.get(&id).unwrap().is_built_in());

    let broken = theirs.replace("GetBucketAcl", "GetBucketAkl");
    let (technologies, errors) =
        Technologies::load([ours(), file("aws/s3/bucket.toml", &broken, false)], Models::embedded());
    assert_eq!(errors.len(), 1);
    assert_eq!(technologies.get(&id).unwrap().title(), "S3 bucket");
}

#[test]
fn the_guides_example_is_sound() {
    let guide = security_monkey_testkit::python::workspace_root().join("docs/guides/technologies.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    // Its link points to a technology of ours.
    let files = SourceFile::built_in()
        .into_iter()
        .chain([file("aws/dynamodb/table.toml", example, false)]);
    let (technologies, errors) = Technologies::load(files, Models::embedded());
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, [""; 0]);
    assert!(
        technologies
            .get(&TechnologyId::parse("aws.dynamodb.table").unwrap())
            .is_some()
    );
}

#[test]
fn a_folder_of_the_users_is_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("aws/s3")).unwrap();
    std::fs::write(folder.path().join("aws/s3/bucket.toml"), SOUND).unwrap();
    std::fs::write(folder.path().join("aws/s3/notes.txt"), "not a technology").unwrap();
    let files = SourceFile::read_folder(folder.path()).unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["aws/s3/bucket.toml"]);
    assert!(!files[0].is_built_in);
    let missing = SourceFile::read_folder(&folder.path().join("nowhere")).unwrap_err();
    assert!(missing.to_string().contains("nowhere"), "{missing}");
}
