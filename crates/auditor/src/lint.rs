//! What a rule can do without, but its readers cannot: remarks on rules that load.

use crate::enrich;
use crate::error::RuleError;
use crate::rule_set::{RuleSet, line_of};

/// Remarks, by file. None of them keeps a rule from working.
pub fn lint(rules: &RuleSet) -> Vec<RuleError> {
    let mut remarks = Vec::new();
    for (rule, code) in rules.inner.rules.iter().zip(&rules.inner.code) {
        let text = &code.parsed.text;
        let mut remark = |key: &str, message: &str, hint: &str| {
            remarks.push(RuleError::new(&rule.file, line_of(text, key), 0, message).with_hint(hint));
        };
        if rule.title.chars().count() > 90 {
            remark(
                "title:",
                "the title is longer than 90 characters",
                "details belong into the description",
            );
        }
        if rule.title.ends_with('.') {
            remark("title:", "the title ends with a full stop", "it is shown as a heading");
        }
        if rule.rationale.trim().is_empty() {
            remark(
                "custom:",
                "the rule has no rationale",
                "say why it matters, for those who decide about exceptions",
            );
        }
        if rule.remediation.trim().is_empty() {
            remark(
                "custom:",
                "the rule has no remediation",
                "say how to fix it: it is part of every message",
            );
        }
        if rule.references.is_empty() {
            remark(
                "related_resources:",
                "the rule refers to nothing",
                "name the page of AWS's documentation that states the fact",
            );
        }
        for reference in &rule.references {
            if !reference.url.starts_with("https://") {
                remark(
                    "related_resources:",
                    "a reference is no https address",
                    "write 'ref: https://…'",
                );
            }
        }
        for name in rule.parameters.keys() {
            if !code.reads.parameters.contains(name) {
                remark(
                    "parameters:",
                    &format!("the parameter '{name}' is not read"),
                    "use it or remove it",
                );
            }
        }
        if rule.time_dependent && !code.reads.now {
            remark(
                "time_dependent:",
                "the rule is declared time-dependent but does not read input.now_ns",
                "remove the declaration",
            );
        }
        let are_links_followed = code.reads.derived.iter().any(|part| enrich::follows_links(part));
        for technology in &rule.links {
            if !code.reads.links && !are_links_followed {
                remark(
                    "links:",
                    &format!("the rule does not read its declared links to {technology}"),
                    "remove the declaration",
                );
            }
        }
    }
    remarks.sort();
    remarks
}
