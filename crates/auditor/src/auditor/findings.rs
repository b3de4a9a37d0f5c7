//! From what a rule returns to a verdict: validated, with distinct subjects, in a fixed order.

use std::collections::BTreeMap;

use security_monkey_model::{EvaluatedFinding, Score, Subject, Verdict};
use serde::Deserialize;

use crate::rego::{EvaluationError, Prepared, Value, to_json};
use crate::rule::Rule;
use crate::rule_set::Code;

/// Most findings of one rule on one resource; more is a defect of the rule.
const FINDINGS_LIMIT: usize = 10_000;

/// Longest message, in characters.
const MESSAGE_LIMIT: usize = 2_000;

/// Where a finding's score comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scoring {
    /// The rule's, unless the finding brings its own.
    OfRule(Score),
    /// Somebody's, whatever the rule says.
    Overridden(Score),
}

/// One element of `findings`, as rules write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    subject: String,
    message: String,
    #[serde(default)]
    evidence: serde_json::Value,
    #[serde(default)]
    score: Option<Score>,
}

/// Evaluates the rule's entry points; the error is a reason for people.
pub(super) fn evaluate(rule: &Rule, code: &Code, engine: &mut Prepared, scoring: Scoring) -> Result<Verdict, String> {
    if let Some(path) = &code.unknown {
        let reasons = texts(rule, engine, path)?;
        if !reasons.is_empty() {
            let reason = reasons.join("; ");
            return Ok(match all_the_same(rule, code, engine, scoring) {
                Ok(findings) => Verdict::Unknown { reason, findings },
                Err(error) => Verdict::unknown(format!("{reason}; {error}")),
            });
        }
    }
    if let Some(reason) = not_applicable(rule, code, engine)? {
        return Ok(Verdict::NotApplicable { reason });
    }
    let findings = found(rule, code, engine, scoring)?;
    Ok(if findings.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail { findings }
    })
}

/// What a rule that says *unknown* finds besides: what it could not tell takes none of that back.
fn all_the_same(
    rule: &Rule,
    code: &Code,
    engine: &mut Prepared,
    scoring: Scoring,
) -> Result<Vec<EvaluatedFinding>, String> {
    match not_applicable(rule, code, engine)? {
        Some(_) => Ok(Vec::new()),
        None => found(rule, code, engine, scoring),
    }
}

fn not_applicable(rule: &Rule, code: &Code, engine: &mut Prepared) -> Result<Option<String>, String> {
    let Some(path) = &code.not_applicable else {
        return Ok(None);
    };
    let reasons = texts(rule, engine, path)?;
    Ok(Some(reasons.join("; ")).filter(|_| !reasons.is_empty()))
}

fn found(rule: &Rule, code: &Code, engine: &mut Prepared, scoring: Scoring) -> Result<Vec<EvaluatedFinding>, String> {
    let elements = set(rule, engine, &code.findings)?;
    if elements.len() > FINDINGS_LIMIT {
        return Err(format!(
            "the rule gave {} findings, at most {FINDINGS_LIMIT} are allowed",
            elements.len()
        ));
    }
    let mut by_subject: BTreeMap<String, EvaluatedFinding> = BTreeMap::new();
    for element in elements {
        let returned: Returned = serde_json::from_value(element).map_err(|error| {
            format!("the rule returned a finding that is not {{subject, message, evidence}}: {error}")
        })?;
        let subject = Subject::parse(&returned.subject)
            .map_err(|error| format!("the rule returned a finding without a usable subject: {error}"))?;
        if returned.message.trim().is_empty() {
            return Err(format!(
                "the rule returned a finding without a message (subject '{subject}')"
            ));
        }
        let score = match scoring {
            Scoring::OfRule(score) => returned.score.unwrap_or(score),
            Scoring::Overridden(score) => score,
        };
        match by_subject.entry(returned.subject) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(EvaluatedFinding {
                    subject,
                    message: returned.message,
                    evidence: returned.evidence,
                    score,
                });
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                merge(entry.get_mut(), &returned.message, returned.evidence, score);
            }
        }
    }
    let mut findings: Vec<EvaluatedFinding> = by_subject.into_values().collect();
    for finding in &mut findings {
        if let Some((end, _)) = finding.message.char_indices().nth(MESSAGE_LIMIT) {
            finding.message.truncate(end);
            finding.message.push('…');
        }
    }
    Ok(findings)
}

/// The same subject twice is one finding with both messages and all evidence.
fn merge(finding: &mut EvaluatedFinding, message: &str, evidence: serde_json::Value, score: Score) {
    if finding.message != message {
        finding.message = format!("{}; {message}", finding.message);
    }
    if finding.evidence != evidence {
        match &mut finding.evidence {
            serde_json::Value::Array(list) => list.push(evidence),
            single => *single = serde_json::json!([single.take(), evidence]),
        }
    }
    finding.score = finding.score.max(score);
}

fn texts(rule: &Rule, engine: &mut Prepared, path: &str) -> Result<Vec<String>, String> {
    let elements = set(rule, engine, path)?;
    let text = |element: serde_json::Value| match element {
        serde_json::Value::String(text) => Ok(text),
        other => Err(format!("the rule returned {other} where a reason (a text) belongs")),
    };
    elements.into_iter().map(text).collect()
}

/// The elements in the engine's order, which is the order of values and so the same every time.
fn set(rule: &Rule, engine: &mut Prepared, path: &str) -> Result<Vec<serde_json::Value>, String> {
    match engine.evaluate(path) {
        Ok(Value::Set(elements)) => elements.iter().map(to_json).collect(),
        Ok(Value::Undefined) => Ok(Vec::new()),
        Ok(_) => Err("the rule returned something that is not a set".into()),
        Err(EvaluationError::Failed(error)) => {
            let file = if error.file.is_empty() { &rule.file } else { &error.file };
            Err(format!(
                "the rule failed at {file}:{}:{}: {}",
                error.line, error.column, error.message
            ))
        }
        Err(error @ EvaluationError::TooLong) => Err(format!("the rule was {error}")),
    }
}
