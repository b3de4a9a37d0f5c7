//! `rules list|show|test|lint`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use security_monkey_auditor::{lint, run_tests};
use serde_json::{Value, json};

use crate::arguments::Rules;
use crate::compose::{Process, known};
use crate::output::{Listing, errln, outln};

pub(super) fn run(process: &Process, action: Rules) -> anyhow::Result<ExitCode> {
    let technologies = process.technologies()?;
    if let Rules::Lint = action {
        return lint_rules(process, &technologies);
    }
    let (rules, _) = process.rules(&technologies)?;
    match action {
        Rules::List { format, technology } => {
            known(&technologies, technology.as_slice())?;
            let rows = rules
                .rules()
                .iter()
                .filter(|rule| {
                    technology
                        .as_ref()
                        .is_none_or(|wanted| rule.technologies.contains(wanted))
                })
                .map(|rule| {
                    let mut row = serde_json::to_value(rule)?;
                    row["severity"] = json!(rule.score.severity());
                    Ok(row)
                })
                .collect::<anyhow::Result<Vec<Value>>>()?;
            Listing {
                columns: &[
                    ("severity", "Severity"),
                    ("score", "Score"),
                    ("id", "Rule"),
                    ("title", "Title"),
                    ("technologies", "Looks at"),
                    ("origin", "Origin"),
                ],
                rows,
                empty: "no rules",
            }
            .print(format)?;
            Ok(ExitCode::SUCCESS)
        }
        Rules::Show { rule } => {
            let found = rules
                .get(&rule)
                .with_context(|| format!("there is no rule {rule}\nhint: security-monkey rules list"))?;
            outln!(
                "{}\n{}, score {} ({})\n",
                found.title,
                found.id,
                found.score.value(),
                found.score.severity().as_str()
            )?;
            outln!("{}\n", found.description.trim())?;
            for (title, text) in [("Why it matters", &found.rationale), ("What to do", &found.remediation)] {
                outln!("{title}:\n{}\n", text.trim())?;
            }
            let row = serde_json::to_value(found)?;
            for member in [
                "technologies",
                "parameters",
                "links",
                "reads",
                "time_dependent",
                "references",
                "equivalents",
                "file",
            ] {
                let text = readable(&row[member]);
                if !text.is_empty() {
                    outln!("{}:{}", member.replace('_', " "), after_colon(&text))?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Rules::Test { rules: only } => {
            for id in &only {
                if rules.get(id).is_none() {
                    bail!("there is no rule {id}\nhint: security-monkey rules list");
                }
            }
            let report = run_tests(&rules, &|id| only.is_empty() || only.contains(id));
            for error in &report.errors {
                errln!("error: {error}");
            }
            for test in &report.tests {
                if let Some(failure) = &test.failure {
                    outln!("FAIL {}:{} {}: {failure}", test.file, test.line, test.name)?;
                }
            }
            for lacking in &report.untested {
                outln!(
                    "FAIL {}: no {} test beside it",
                    lacking.rule,
                    lacking.lacks.join(", no ")
                )?;
            }
            let failed = report.tests.iter().filter(|test| test.failure.is_some()).count();
            outln!(
                "{} tests passed, {failed} failed, {} rules lack tests",
                report.tests.len() - failed,
                report.untested.len()
            )?;
            Ok(if report.is_success() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Rules::Lint => Ok(ExitCode::SUCCESS),
    }
}

/// A member of a rule for people: lists in one line, tables with a line for each entry.
fn readable(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is_true) => if *is_true { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(elements) => elements
            .iter()
            .map(|element| element.get("ref").map_or_else(|| readable(element), readable))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("\n  {name}:{}", after_colon(&readable(value).replace('\n', "\n  "))))
            .collect::<Vec<_>>()
            .concat(),
    }
}

/// In the same line, or in lines of its own.
fn after_colon(text: &str) -> String {
    if text.starts_with('\n') {
        text.to_owned()
    } else {
        format!(" {text}")
    }
}

fn lint_rules(process: &Process, technologies: &security_monkey_watcher::Technologies) -> anyhow::Result<ExitCode> {
    let (rules, errors) = process.all_rules(technologies)?;
    let remarks = lint(&rules);
    for error in &errors {
        outln!("error: {error}")?;
    }
    for remark in &remarks {
        outln!("remark: {remark}")?;
    }
    outln!(
        "{} rules work, {} errors, {} remarks",
        rules.rules().len(),
        errors.len(),
        remarks.len()
    )?;
    Ok(if errors.is_empty() && remarks.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
