//! What is generated from technology files and their types: the reference page and the JSON Schema.

use std::fmt::Write as _;

use security_monkey_model::document::Path;

use crate::technology::file::TechnologyFile;
use crate::technology::{Technologies, Technology};

/// `schemas/technology.json`: the JSON Schema of a technology file, for editors.
pub fn technology_schema() -> String {
    let schema = schemars::schema_for!(TechnologyFile);
    format!("{:#}\n", schema.as_value())
}

/// `docs/reference/technologies.md`.
pub fn technologies_page(technologies: &Technologies) -> String {
    let mut page = String::from(
        "# Technologies\n\n<!-- Generated from the files in technologies/ by `make generate`; do not edit. -->\n\n\
         Each is one file in `technologies/`. Add your own, or replace one of these, by a file in your technologies folder.\n\n\
         | technology | AWS resource type | scanned | every | links to |\n|---|---|---|---|---|\n",
    );
    for technology in technologies.all() {
        let links: Vec<String> = technology.links_to().iter().map(|id| format!("`{id}`")).collect();
        let _ = writeln!(
            page,
            "| [{}](#{}) | `{}` | {} | {} min | {} |",
            technology.id(),
            technology.id().as_str().replace('.', ""),
            technology.resource_type(),
            if technology.is_global() {
                "per account"
            } else {
                "per region"
            },
            technology.default_interval_minutes(),
            links.join(", "),
        );
    }
    for technology in technologies.all() {
        section(&mut page, technology);
    }
    page
}

fn section(page: &mut String, technology: &Technology) {
    let file = technology.file();
    let _ = write!(
        page,
        "\n## {}\n\n**{}** (`{}`). {}\n[AWS's documentation]({})\n\n| call | | fills | needs |\n|---|---|---|---|\n",
        technology.id(),
        technology.title(),
        technology.resource_type(),
        technology.description().trim(),
        technology.documentation(),
    );
    for call in file.calls() {
        let action = technology
            .models
            .service(call.service)
            .ok()
            .and_then(|service| Some(service.iam_action(service.operation(call.operation)?)))
            .unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}:{}` | {} | {} | `{action}` |",
            call.service,
            call.operation,
            match call.table {
                "list" => "lists the resources",
                "join" => "once per scan",
                "batch" => "for many resources at a time",
                _ => "for each resource",
            },
            call.into
                .map_or_else(|| "the document".to_owned(), |into| format!("`{into}`")),
        );
    }
    page.push('\n');
    for (title, paths) in [
        ("Ephemeral", &file.document.ephemeral),
        ("Secret, kept as a digest", &file.document.secret),
        ("Order means nothing", &file.document.unordered),
        ("JSON kept as what it holds", &file.document.json),
    ] {
        if !paths.is_empty() {
            let paths: Vec<String> = paths.iter().map(|path: &Path| format!("`{path}`")).collect();
            let _ = writeln!(page, "- {title}: {}", paths.join(", "));
        }
    }
    for link in &file.links {
        let _ = writeln!(
            page,
            "- Links to `{}` by `{}`{}",
            link.to,
            link.by,
            link.meaning
                .as_ref()
                .map_or_else(String::new, |meaning| format!(" ({meaning})")),
        );
    }
}
