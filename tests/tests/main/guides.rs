//! The guides, followed literally: what they tell people to write works as they say.

use crate::product::{command, ran};
use security_monkey_testkit::python::workspace_root;

/// The fenced blocks of a language in a guide.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(workspace_root().join("docs/guides").join(guide)).expect("the guide");
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_technology_and_a_rule_written_as_the_guides_say_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("make");
        std::fs::write(path, text).expect("write");
    };
    write(
        "security-monkey.toml",
        "[extend]\ntechnologies = \"technologies\"\nrules = \"rules\"\n",
    );
    write(
        "technologies/aws/dynamodb/table.toml",
        &blocks("technologies.md", "toml")[0],
    );
    let rule = blocks("rules.md", "rego");
    write("rules/aws/dynamodb/table.no-deletion-protection.rego", &rule[0]);
    write("rules/aws/dynamodb/table.no-deletion-protection_test.rego", &rule[1]);
    for arguments in [
        &["technologies", "check"][..],
        &["rules", "lint"],
        &["rules", "test", "aws.dynamodb.table.no-deletion-protection"],
        &["config", "check"],
    ] {
        let answer = ran(command(folder.path(), arguments));
        assert_eq!(
            answer.code,
            Some(0),
            "{arguments:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
    }
}

#[test]
fn the_mail_settings_of_the_guide_are_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = blocks("notifications.md", "toml")[0].replace("/run/secrets/smtp", "password");
    std::fs::write(folder.path().join("security-monkey.toml"), settings).expect("write");
    std::fs::write(folder.path().join("password"), "opensesame\n").expect("write");
    let answer = ran(command(folder.path(), &["config", "check"]));
    assert_eq!(answer.code, Some(0), "{}{}", answer.stdout, answer.stderr);
}
