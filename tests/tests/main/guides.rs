//! The guides, followed literally: what they tell people to write works as they say.

use crate::product::{command, ran, write};
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
    let write = |path: &str, text: &str| write(folder.path(), path, text);
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

/// The guides' example, broken in one place.
struct Broken {
    folder: tempfile::TempDir,
}

impl Broken {
    fn new(replace: impl Fn(&str, String) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let rule = blocks("rules.md", "rego");
        let mut files = vec![
            (
                "security-monkey.toml",
                "[extend]\ntechnologies = \"technologies\"\nrules = \"rules\"\n".to_owned(),
            ),
            (TECHNOLOGY, blocks("technologies.md", "toml")[0].clone()),
            (RULE, rule[0].clone()),
            (TEST, rule[1].clone()),
        ];
        for (path, text) in files.drain(..) {
            let text = replace(path, text);
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("make");
            std::fs::write(path, text).expect("write");
        }
        Self { folder }
    }

    /// Runs a command that finds the mistake, and says so by its code; returns what it printed as data and as talk.
    fn finds(&self, arguments: &[&str]) -> (String, String) {
        let answer = ran(command(self.folder.path(), arguments));
        assert_eq!(
            answer.code,
            Some(1),
            "{arguments:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
        (answer.stdout, answer.stderr)
    }
}

const TECHNOLOGY: &str = "technologies/aws/dynamodb/table.toml";
const RULE: &str = "rules/aws/dynamodb/table.no-deletion-protection.rego";
const TEST: &str = "rules/aws/dynamodb/table.no-deletion-protection_test.rego";

/// The line, from 1, that holds these words.
fn line_of(text: &str, words: &str) -> usize {
    1 + text.lines().position(|line| line.contains(words)).expect("the words")
}

#[test]
fn a_test_of_a_rule_that_fails_is_named_with_its_line() {
    let wrong = "\"DeletionProtectionEnabled\": true";
    let broken = Broken::new(|path, text| {
        if path == TEST {
            text.replace(wrong, "\"DeletionProtectionEnabled\": false")
        } else {
            text
        }
    });
    let line = line_of(&blocks("rules.md", "rego")[1], "test_pass_on");
    let own = "aws.dynamodb.table.no-deletion-protection";
    let (said, _) = broken.finds(&["rules", "test", own]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(
        lines[0].starts_with(&format!("FAIL {TEST}:{line} test_pass_on: ")),
        "{said}"
    );
    assert_eq!(lines[1], "2 tests passed, 1 failed, 0 rules lack tests");
    // Among all of them as well.
    let (said, _) = broken.finds(&["rules", "test"]);
    assert_eq!(said.matches("FAIL ").count(), 1, "{said}");
    assert!(said.contains(&format!("FAIL {TEST}:{line} ")), "{said}");

    let lacking = Broken::new(|path, text| {
        if path == TEST {
            text.replace("test_missing_flag", "flag")
        } else {
            text
        }
    });
    let (said, _) = lacking.finds(&["rules", "test", own]);
    assert!(
        said.contains(&format!("FAIL {own}: no missing test beside it")),
        "{said}"
    );
}

#[test]
fn a_rule_that_reads_what_is_not_there_is_found_with_its_line_and_a_hint() {
    let broken = Broken::new(|path, text| {
        if path == RULE {
            text.replace(
                "not input.config.DeletionProtectionEnabled",
                "not input.config.DeletionProtectionEnabld",
            )
        } else {
            text
        }
    });
    let line = line_of(&blocks("rules.md", "rego")[0], "not input.config.");
    for arguments in [&["rules", "lint"][..], &["config", "check"]] {
        let (said, _) = broken.finds(arguments);
        let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{said}");
        assert!(errors[0].starts_with(&format!("error: {RULE}:{line}")), "{said}");
        assert!(
            errors[0].contains("DeletionProtectionEnabld") && said.contains("hint: "),
            "{said}"
        );
        assert!(said.contains("DeletionProtectionEnabled"), "the right name: {said}");
    }
}

#[test]
fn a_technology_that_calls_what_is_not_there_is_found_with_its_line_and_a_hint() {
    let right = blocks("technologies.md", "toml")[0].clone();
    let broken = Broken::new(|path, text| {
        if path == TECHNOLOGY {
            text.replace("ListTables", "ListTable")
        } else {
            text
        }
    });
    let line = line_of(&right, "ListTables");
    let (_, said) = broken.finds(&["technologies", "check"]);
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.starts_with(&format!("error: {TECHNOLOGY}:{line}:")), "{said}");
    assert!(said.contains("hint: ") && said.contains("ListTables"), "{said}");
    assert!(said.contains("technologies work, 1 files do not"), "{said}");
}
