//! The reference page of all rules, `docs/reference/rules.md`, written from their metadata.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rule::Rule;
use crate::rule_set::RuleSet;

/// The page as Markdown.
pub fn markdown(rules: &RuleSet) -> String {
    let mut page = String::from(
        "# Rules\n\n\
         Every rule that ships with Security Monkey, by technology. Generated from the metadata of the rule files; do not edit.\n\n\
         Score: 0 informational, 1-3 low, 4-6 medium, 7-8 high, 9-10 critical.\n",
    );
    let mut by_technology: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in rules.rules() {
        let technologies: Vec<&str> = rule
            .technologies
            .iter()
            .map(security_monkey_model::TechnologyId::as_str)
            .collect();
        by_technology.entry(technologies.join(", ")).or_default().push(rule);
    }
    page.push_str("\n| technology | rules |\n|---|---|\n");
    for (technology, rules) in &by_technology {
        let _ = writeln!(page, "| {technology} | {} |", rules.len());
    }
    for (technology, rules) in &by_technology {
        let _ = write!(page, "\n## {technology}\n");
        for rule in rules {
            section(&mut page, rule);
        }
    }
    page
}

fn section(page: &mut String, rule: &Rule) {
    let _ = write!(
        page,
        "\n### {}\n\n`{}` · score {} ({})",
        rule.title,
        rule.id,
        rule.score.value(),
        rule.score.severity().as_str()
    );
    if rule.time_dependent {
        page.push_str(" · evaluated again every day");
    }
    page.push_str("\n\n");
    if let Some(deprecated) = &rule.deprecated {
        let _ = write!(page, "**Deprecated:** {}\n\n", deprecated.trim());
    }
    let _ = write!(page, "{}\n\n", rule.description.trim());
    for (label, text) in [("Why", &rule.rationale), ("Remediation", &rule.remediation)] {
        if !text.trim().is_empty() {
            let _ = write!(page, "**{label}:** {}\n\n", text.trim());
        }
    }
    if !rule.parameters.is_empty() {
        page.push_str("| parameter | default |\n|---|---|\n");
        for (name, value) in &rule.parameters {
            let _ = writeln!(page, "| `{name}` | `{value}` |");
        }
        page.push('\n');
    }
    let others = [
        ("linked resources", &rule.links),
        ("the account's", &rule.reads),
        ("excused by the account's", &rule.excused_by),
    ];
    for (label, technologies) in others {
        if !technologies.is_empty() {
            let names: Vec<&str> = technologies
                .iter()
                .map(security_monkey_model::TechnologyId::as_str)
                .collect();
            let _ = write!(page, "Reads {label}: {}\n\n", names.join(", "));
        }
    }
    let equivalents = &rule.equivalents;
    let mut elsewhere = Vec::new();
    if !equivalents.security_hub.is_empty() {
        elsewhere.push(format!("Security Hub {}", equivalents.security_hub.join(", ")));
    }
    for (version, requirements) in &equivalents.cis {
        elsewhere.push(format!("CIS AWS Foundations {version}: {}", requirements.join(", ")));
    }
    if !equivalents.prowler.is_empty() {
        elsewhere.push(format!("Prowler `{}`", equivalents.prowler.join("`, `")));
    }
    if !equivalents.security_monkey.is_empty() {
        elsewhere.push(format!(
            "Security Monkey 1.x “{}”",
            equivalents.security_monkey.join("”, “")
        ));
    }
    if !elsewhere.is_empty() {
        let _ = write!(page, "Elsewhere: {}\n\n", elsewhere.join(" · "));
    }
    for reference in &rule.references {
        match &reference.description {
            Some(description) => drop(writeln!(page, "- [{description}]({})", reference.url)),
            None => drop(writeln!(page, "- <{}>", reference.url)),
        }
    }
}
