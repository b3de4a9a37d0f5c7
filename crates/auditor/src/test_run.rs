//! Runs the tests beside the rules: `test_…` definitions in `<rule>_test.rego`, as `opa test` does, in the strict
//! interpreter, so that an error in a rule fails its test instead of looking like "no findings".

use security_monkey_model::RuleId;
use serde::Serialize;

use crate::error::RuleError;
use crate::rego::{EvaluationError, Parsed, Prepared, Value};
use crate::rule_set::RuleSet;
use crate::source::RuleFile;

/// What the tests say.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TestReport {
    /// Every test, by file and line.
    pub tests: Vec<TestResult>,
    /// Test files that could not be run at all.
    pub errors: Vec<RuleError>,
    /// Rules that lack a kind of test, and which: each rule wants `test_pass_…`, `test_fail_…` and `test_missing_…`.
    pub untested: Vec<Untested>,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestResult {
    /// The file.
    pub file: String,
    /// Its line in the file.
    pub line: u32,
    /// The test's name.
    pub name: String,
    /// Why it failed; none: it passed.
    pub failure: Option<String>,
}

/// A rule without enough tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untested {
    /// The rule.
    pub rule: RuleId,
    /// The kinds of tests that are missing: `pass`, `fail`, `missing`.
    pub lacks: Vec<&'static str>,
}

impl TestReport {
    /// Whether everything passed and nothing is missing.
    pub fn is_success(&self) -> bool {
        self.errors.is_empty() && self.untested.is_empty() && self.tests.iter().all(|test| test.failure.is_none())
    }
}

/// The kinds of tests every rule must have: it finds, it does not find, and a field is absent.
const KINDS: [&str; 3] = ["pass", "fail", "missing"];

/// Runs the tests of the rules that `wanted` chooses, and of the shared predicates when it chooses everything.
pub fn run_tests(rules: &RuleSet, wanted: &dyn Fn(&RuleId) -> bool) -> TestReport {
    let loaded = &rules.inner;
    let mut report = TestReport::default();
    for (rule, code) in loaded
        .rules
        .iter()
        .zip(&loaded.code)
        .filter(|(rule, _)| wanted(&rule.id))
    {
        let package: Vec<String> = code.parsed.package.clone();
        let mut names = Vec::new();
        for file in loaded.tests.iter().filter(|file| !file.is_library()) {
            if let Some(parsed) = parse_for(file, &package, &mut report) {
                let mut files: Vec<&Parsed> = vec![&code.parsed];
                files.extend(loaded.libraries.values());
                names.extend(run_file(&parsed, &files, &mut report));
            }
        }
        let lacks: Vec<&'static str> = KINDS
            .into_iter()
            .filter(|kind| {
                !names
                    .iter()
                    .any(|name: &String| name.starts_with(&format!("test_{kind}")))
            })
            .collect();
        if !lacks.is_empty() {
            report.untested.push(Untested {
                rule: rule.id.clone(),
                lacks,
            });
        }
    }
    for (name, library) in &loaded.libraries {
        if !loaded.rules.iter().all(|rule| wanted(&rule.id)) {
            break;
        }
        for file in loaded.tests.iter().filter(|file| file.is_library()) {
            if let Some(parsed) = parse_for(file, &["lib".to_owned(), name.clone()], &mut report) {
                let mut files: Vec<&Parsed> = vec![library];
                files.extend(
                    loaded
                        .libraries
                        .iter()
                        .filter(|(other, _)| *other != name)
                        .map(|(_, other)| other),
                );
                run_file(&parsed, &files, &mut report);
            }
        }
    }
    report.errors.sort();
    report.errors.dedup();
    report
}

/// Parses the file if it is the one beside this package.
fn parse_for(file: &RuleFile, package: &[String], report: &mut TestReport) -> Option<Parsed> {
    let stem = file
        .path
        .trim_end_matches("_test.rego")
        .replace('-', "_")
        .replace('.', "/");
    let below_root: Vec<&str> = stem.split('/').collect();
    let tail = if package.first().is_some_and(|first| first == "rules") {
        package.get(1..)?
    } else {
        package
    };
    if below_root != tail {
        return None;
    }
    let parsed = match Parsed::parse(&file.shown, &file.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            report.errors.push(error);
            return None;
        }
    };
    let mut wanted = package.to_vec();
    if let Some(last) = wanted.last_mut() {
        last.push_str("_test");
    }
    if parsed.package == wanted {
        return Some(parsed);
    }
    let error = RuleError::new(
        &file.shown,
        parsed.package_at.0,
        0,
        format!("the package is '{}'", parsed.package.join(".")),
    );
    report
        .errors
        .push(error.with_hint(format!("write 'package {}'", wanted.join("."))));
    None
}

/// Runs every test of a file; returns their names.
fn run_file(test: &Parsed, others: &[&Parsed], report: &mut TestReport) -> Vec<String> {
    let mut files = vec![test];
    files.extend(others);
    let mut names: Vec<(String, u32)> = Vec::new();
    for definition in test
        .definitions
        .iter()
        .filter(|definition| definition.name.starts_with("test_"))
    {
        if !names.iter().any(|(name, _)| *name == definition.name) {
            names.push((definition.name.clone(), definition.at.0));
        }
    }
    let path = |name: &str| format!("data.{}.{name}", test.package.join("."));
    let paths: Vec<String> = names.iter().map(|(name, _)| path(name)).collect();
    let mut prepared = match Prepared::new(&files, &paths) {
        Ok(prepared) => prepared,
        Err(error) => {
            report.errors.push(error);
            return Vec::new();
        }
    };
    for (name, line) in &names {
        let failure = match prepared.evaluate(&path(name)) {
            Ok(Value::Bool(true)) => None,
            Ok(Value::Undefined) => Some("a condition of the test does not hold".to_owned()),
            Ok(other) => Some(format!("the test gave {other} instead of true")),
            Err(EvaluationError::Failed(error)) => Some(error.to_string()),
            Err(error @ EvaluationError::TooLong) => Some(error.to_string()),
        };
        report.tests.push(TestResult {
            file: test.file.clone(),
            line: *line,
            name: name.clone(),
            failure,
        });
    }
    names.into_iter().map(|(name, _)| name).collect()
}
