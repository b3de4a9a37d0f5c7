//! `technologies list|show|check`.

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::arguments::Technologies;
use crate::compose::Process;
use crate::output::Listing;

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
            println!(
                "{} ({})\n{}\n",
                found.title(),
                found.resource_type(),
                found.description()
            );
            println!("documentation: {}", found.documentation());
            println!("file: {}", found.file_name());
            println!("calls:");
            for (service, operation) in found.operations() {
                println!("  {service}:{operation}");
            }
            println!("permissions:\n  {}", found.iam_actions().join("\n  "));
            let links: Vec<_> = found.links_to().iter().map(ToString::to_string).collect();
            println!(
                "links to: {}",
                if links.is_empty() {
                    "nothing".to_owned()
                } else {
                    links.join(", ")
                }
            );
            Ok(ExitCode::SUCCESS)
        }
        Technologies::Check => {
            let (technologies, errors) = process.all_technologies()?;
            for error in &errors {
                eprintln!("error: {error}");
            }
            eprintln!(
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
