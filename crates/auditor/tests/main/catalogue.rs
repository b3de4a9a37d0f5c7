//! Our own rules load without a defect.

use security_monkey_auditor::{AnyShape, RuleSet, RuleSources, lint, run_tests};

#[test]
fn the_built_in_rules_load_without_a_defect() {
    let (rules, errors) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n\n"));
    assert!(!rules.rules().is_empty());
}

#[test]
fn the_tests_beside_the_built_in_rules_pass_and_are_complete() {
    let (rules, _) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    let report = run_tests(&rules, &|_| true);
    let mut problems: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
    for test in &report.tests {
        if let Some(failure) = &test.failure {
            problems.push(format!("{}:{} {}: {failure}", test.file, test.line, test.name));
        }
    }
    for untested in &report.untested {
        problems.push(format!(
            "{} lacks tests named test_{}_…",
            untested.rule,
            untested.lacks.join("_…, test_")
        ));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(report.tests.len() >= 3 * rules.rules().len());
    assert!(report.is_success());
}

#[test]
fn the_built_in_rules_have_no_remarks() {
    let (rules, _) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    let remarks: Vec<String> = lint(&rules).iter().map(ToString::to_string).collect();
    assert!(remarks.is_empty(), "{}", remarks.join("\n"));
}
