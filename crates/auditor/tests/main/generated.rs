//! Generated files are committed and must be what the code generates now.

use security_monkey_auditor::{AnyShape, RuleMetadata, RuleSet, RuleSources, reference};
use security_monkey_testkit::generated::check;

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
