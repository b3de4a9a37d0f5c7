//! `technologies list|show|check`.

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::arguments::Technologies;
use crate::compose::Process;
use crate::output::{Listing, errln, outln};

pub(super) fn run(process: &Process, action: &Technologies) -> anyhow::Result<ExitCode> {
    match action {
        Technologies::List { format } => {
            let technologies = process.technologies()?;
            let enabled: Vec<_> = process
                .enabled(&technologies, &[])
                .iter()
                .map(|each| each.id().clone())
                .collect();
            let rows = technologies
                .all()
                .map(|technology| {
                    json!({
                        "id": technology.id(),
                        "resource_type": technology.resource_type(),
                        "title": technology.title(),
                        "scope": if technology.is_global() { "global" } else { "regional" },
                        "every_minutes": technology.default_interval_minutes(),
                        "is_enabled": enabled.contains(technology.id()),
                        "origin": if technology.is_built_in() { "built-in" } else { "yours" },
                    })
                })
                .collect();
            Listing {
                columns: &[
                    ("id", "Technology"),
                    ("resource_type", "AWS type"),
                    ("title", "Title"),
                    ("scope", "Scope"),
                    ("every_minutes", "Every (min)"),
                    ("is_enabled", "On"),
                    ("origin", "Origin"),
                ],
                rows,
                empty: "no technologies",
            }
            .print(*format)?;
            Ok(ExitCode::SUCCESS)
        }
        Technologies::Show { technology } => {
            let technologies = process.technologies()?;
            let found = technologies.get(technology).with_context(|| {
                format!("there is no technology {technology}\nhint: security-monkey technologies list")
            })?;
            outln!(
                "{} ({})\n{}\n",
                found.title(),
                found.resource_type(),
                found.description()
            )?;
            outln!("documentation: {}", found.documentation())?;
            outln!("file: {}", found.file_name())?;
            outln!("calls:")?;
            for (service, operation) in found.operations() {
                outln!("  {service}:{operation}")?;
            }
            outln!("permissions:\n  {}", found.iam_actions().join("\n  "))?;
            let links: Vec<_> = found.links_to().iter().map(ToString::to_string).collect();
            outln!(
                "links to: {}",
                if links.is_empty() {
                    "nothing".to_owned()
                } else {
                    links.join(", ")
                }
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Technologies::Check => {
            let (technologies, errors) = process.all_technologies()?;
            for error in &errors {
                errln!("error: {error}");
            }
            errln!(
                "{} technologies work, {} files do not",
                technologies.len(),
                errors.len()
            );
            Ok(if errors.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
    }
}
