//! House rules over the tree: what reviewers would otherwise have to remember.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_path_buf()
}

fn files(below: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", "dist"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((
                    path.strip_prefix(root())
                        .expect("below the root")
                        .to_string_lossy()
                        .into_owned(),
                    text,
                ));
            }
        }
    }
    found.sort();
    found
}

/// The part of a source file before its tests.
fn product_part(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/benches/") || path.contains("/examples/")
}

#[test]
fn technologies_are_data() {
    // A technology's name in Rust would mean that adding one needs an edit here. `iam` and `aws` speak AWS by purpose.
    let mut wrong = Vec::new();
    for (path, text) in files("crates", ".rs") {
        let in_speaking_crate = ["crates/iam/", "crates/aws/", "crates/testkit/"]
            .iter()
            .any(|home| path.starts_with(home));
        // The demo's estate is AWS calls, not technologies.
        if in_speaking_crate || is_test_file(&path) || path.starts_with("crates/cli/src/demo") {
            continue;
        }
        for (number, line) in product_part(&text).lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            let names_technology = code.match_indices("\"aws.").any(|(at, _)| {
                let name: String = code[at + 1..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c))
                    .collect();
                name.split('.').count() >= 3 && !name.ends_with('.')
            });
            if names_technology {
                wrong.push(format!("{path}:{}: {code}", number + 1));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "technologies and rules named in Rust:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn only_the_store_knows_which_database_it_is() {
    let mut wrong = Vec::new();
    for (path, text) in files("crates", ".rs") {
        if path.starts_with("crates/store/") || path.starts_with("crates/testkit/") || is_test_file(&path) {
            continue;
        }
        for word in ["sqlx::", "SqlitePool", "PgPool"] {
            if product_part(&text).contains(word) {
                wrong.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "database types outside the store:\n{}",
        wrong.join("\n")
    );
}

/// The store's public operations that write: those that begin a transaction or execute, and those that call them.
fn writing_operations() -> BTreeSet<String> {
    let mut bodies: Vec<(String, String)> = Vec::new();
    for (path, text) in files("crates/store/src", ".rs") {
        if is_test_file(&path) {
            continue;
        }
        for part in product_part(&text).split("\n    pub async fn ").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let end = part.find("\n    }\n").unwrap_or(part.len());
            bodies.push((name, without_spaces(&part[..end])));
        }
    }
    let begins = |body: &str| body.contains(".begin()") || body.contains(".execute(");
    let mut writing: BTreeSet<String> = bodies
        .iter()
        .filter(|(_, body)| begins(body))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let calls = |body: &str| writing.iter().any(|name| body.contains(&format!("self.{name}(")));
        let more: Vec<String> = bodies
            .iter()
            .filter(|(name, body)| !writing.contains(name) && calls(body))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return writing;
        }
        writing.extend(more);
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Invariant 3 of ARCHITECTURE.md: what the API changes goes through the engine, in the engine's transactions.
#[test]
fn the_server_never_writes_to_the_store_itself() {
    let writing = writing_operations();
    for known in ["justify", "put_account", "comment", "create_session", "begin_scan"] {
        assert!(
            writing.contains(known),
            "{known} writes, and is not seen to: {writing:?}"
        );
    }
    let (mut wrong, mut reads) = (Vec::new(), 0);
    for (path, text) in files("crates/server/src", ".rs") {
        if is_test_file(&path) {
            continue;
        }
        let text = without_spaces(product_part(&text));
        for access in ["store.", "store()."] {
            for part in text.split(access).skip(1) {
                let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                reads += usize::from(part[name.len()..].starts_with('('));
                if writing.contains(&name) && part[name.len()..].starts_with('(') {
                    wrong.push(format!("{path}: {access}{name}"));
                }
            }
        }
    }
    assert!(reads > 20, "only {reads} accesses found");
    assert!(
        wrong.is_empty(),
        "writes of the server past the engine:\n{}",
        wrong.join("\n")
    );
}

/// "No deletion of history": what was recorded or decided is neither removed nor rewritten by any statement.
#[test]
fn no_statement_removes_or_rewrites_history() {
    let mut wrong = Vec::new();
    for (path, text) in files("crates/store/src", ".rs") {
        if is_test_file(&path) {
            continue;
        }
        let text = product_part(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        for table in [
            "revision",
            "decision",
            "chain",
            "dictionary",
            "finding_change",
            "finding",
            "resource",
            "comment",
        ] {
            for verb in ["delete from", "drop table", "truncate"] {
                let statement = format!("{verb} {table}");
                let is_whole = |part: &str| !part.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                if text.split(&statement).skip(1).any(is_whole) {
                    wrong.push(format!("{path}: {statement}"));
                }
            }
        }
        for table in ["revision", "decision", "chain", "comment"] {
            let statement = format!("update {table} ");
            if text.contains(&statement) {
                wrong.push(format!("{path}: {statement}"));
            }
        }
    }
    assert!(wrong.is_empty(), "history that can change:\n{}", wrong.join("\n"));
}

#[test]
fn no_module_is_a_drawer_for_odds_and_ends() {
    let wrong: Vec<_> = files("crates", ".rs")
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            ["util", "utils", "helpers", "helper", "common", "misc", "manager"]
                .iter()
                .any(|name| path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/")))
        })
        .filter(|path| !path.contains("/tests/"))
        .collect();
    assert!(wrong.is_empty(), "name these after what they do:\n{}", wrong.join("\n"));
}

#[test]
fn no_test_is_switched_off() {
    let mut wrong = Vec::new();
    for (path, text) in files("crates", ".rs").into_iter().chain(files("tests", ".rs")) {
        if path.ends_with("house_rules.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("#[ignore") || code.starts_with("#[allow(") || code.starts_with("#![allow(") {
                wrong.push(format!("{path}:{}: {code}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "switched off:\n{}", wrong.join("\n"));
}

/// A test waits for what it needs to see: how long that takes is the machine's affair.
#[test]
fn no_test_waits_by_sleeping() {
    let test_part = |path: &str, text: String| {
        if is_test_file(path) || path.starts_with("tests/") || path.starts_with("crates/testkit/") {
            text
        } else {
            // The lines before count as well, so that the numbers are right.
            let product = product_part(&text).lines().count();
            "\n".repeat(product) + &text[product_part(&text).len()..]
        }
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (home, ending, words) in [
        ("crates", ".rs", &["sleep(", "sleep_until("][..]),
        ("tests", ".rs", &["sleep(", "sleep_until("]),
        ("crates", ".py", &["time.sleep("]),
        ("tests", ".py", &["time.sleep("]),
        ("tests", ".mjs", &["waitForTimeout(", "setTimeout("]),
    ] {
        for (path, text) in files(home, ending) {
            // The demonstration changes its estate at a pace that people can follow; the scenes' script asks a program that is
            // starting again and again until it answers.
            let is_allowed = ["crates/cli/src/demo/estate.py", "tests/conformance/scenes.py"].contains(&path.as_str());
            if path.ends_with("house_rules.rs") || is_allowed {
                continue;
            }
            seen += 1;
            for (number, line) in test_part(&path, text).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if words.iter().any(|word| code.contains(word)) {
                    wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} files");
    assert!(wrong.is_empty(), "tests that sleep:\n{}", wrong.join("\n"));
}

#[test]
fn no_source_file_is_long() {
    const MOST: usize = 800;
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (home, ending) in [
        ("crates", ".rs"),
        ("tests", ".rs"),
        ("rules", ".rego"),
        ("web", ".ts"),
        ("web", ".tsx"),
    ] {
        for (path, text) in files(home, ending) {
            seen.insert((home, ending));
            let lines = text.lines().count();
            // Nobody reads what openapi-typescript writes.
            if lines > MOST && path != "web/src/api/schema.d.ts" {
                wrong.push(format!("{path}: {lines} lines"));
            }
        }
    }
    assert_eq!(seen.len(), 5, "only {seen:?} have files");
    assert!(
        wrong.is_empty(),
        "above {MOST} lines, cut along their ideas:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_rule_has_its_test_beside_it() {
    let rules = files("rules/aws", ".rego");
    let wrong: Vec<_> = rules
        .iter()
        .filter(|(path, _)| !path.ends_with("_test.rego"))
        .filter(|(path, _)| {
            let test = path.replace(".rego", "_test.rego");
            !rules.iter().any(|(other, _)| *other == test)
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert!(wrong.is_empty(), "rules without a test:\n{}", wrong.join("\n"));
}

#[test]
fn what_the_documents_name_exists() {
    // Links, and paths in code style. A path with a placeholder in it is nobody's.
    let homes = [
        "crates/",
        "docs/",
        "models/",
        "openapi/",
        "rules/",
        "schemas/",
        "technologies/",
        "tests/",
        "web/",
        "frameworks/",
    ];
    // Made by a build, so it need not be there.
    let built = ["web/dist", "web/node_modules"];
    let mut wrong = Vec::new();
    let top = files_at_top(".md");
    for (path, text) in top.into_iter().chain(files("docs", ".md")) {
        let folder = Path::new(&path).parent().expect("a folder").to_path_buf();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
            .filter(|link| !link.is_empty() && !link.contains("://"))
            .map(|link| folder.join(link));
        let named = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|code| homes.iter().any(|home| code.starts_with(home)))
            .filter(|code| !built.iter().any(|folder| code.starts_with(folder)))
            .filter(|code| !code.contains(['<', '*', '{', ' ', '…', '\n']))
            .map(|code| PathBuf::from(code.split(':').next().unwrap_or(code)));
        for target in links.chain(named) {
            // The guides' example is the reader's own file.
            let is_example = target.to_string_lossy().contains("dynamodb");
            if !is_example && !root().join(&target).exists() {
                wrong.push(format!("{path}: {}", target.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "named in documents and not there:\n{}",
        wrong.join("\n")
    );
}

fn files_at_top(ending: &str) -> Vec<(String, String)> {
    fs::read_dir(root())
        .expect("the workspace")
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            name.ends_with(ending)
                .then(|| (name, fs::read_to_string(&path).expect("text")))
        })
        .collect()
}
