//! Generated files are committed and must be what the code generates now. `UPDATE_GENERATED=1` writes them.

use std::path::Path;

use security_monkey_auditor::{AnyShape, RuleMetadata, RuleSet, RuleSources, reference};

#[expect(
    clippy::disallowed_methods,
    reason = "the developer's wish to write the files comes through the environment"
)]
fn check(path: &str, wanted: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&file, wanted).unwrap();
    }
    let have = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        have == wanted,
        "{path} is out of date: run UPDATE_GENERATED=1 cargo nextest run -p security-monkey-auditor generated"
    );
}

#[test]
fn the_reference_page_of_the_rules_is_current() {
    let (rules, _) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    check("docs/reference/rules.md", &reference::markdown(&rules));
}

#[test]
fn the_schema_of_the_metadata_is_current() {
    check(
        "schemas/rule.json",
        &format!(
            "{}\n",
            serde_json::to_string_pretty(&RuleMetadata::json_schema()).unwrap()
        ),
    );
}
