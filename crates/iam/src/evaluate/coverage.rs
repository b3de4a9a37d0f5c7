//! Which services resource control policies reach: data, from AWS's own list.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;

/// The list, as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    source: String,
    read: String,
    services: BTreeSet<String>,
}

fn coverage() -> Option<&'static Coverage> {
    static COVERAGE: OnceLock<Option<Coverage>> = OnceLock::new();
    // The data is part of the program; that it reads is tested.
    COVERAGE
        .get_or_init(|| toml::from_str(include_str!("../../data/resource-control.toml")).ok())
        .as_ref()
}

/// Whether resource control policies apply to the actions with this prefix, any letter case.
pub fn has_resource_control(service: &str) -> bool {
    coverage().is_some_and(|coverage| coverage.services.contains(&service.to_ascii_lowercase()))
}

/// Where the list of services is from, and when it was read.
pub fn resource_control_source() -> (&'static str, &'static str) {
    coverage().map_or(("", ""), |coverage| (&coverage.source, &coverage.read))
}

#[cfg(test)]
mod tests {
    use super::{coverage, has_resource_control, resource_control_source};

    #[test]
    fn the_list_reads_and_names_services_that_there_are() {
        let services = &coverage().unwrap().services;
        assert!(services.len() > 50);
        let unknown: Vec<&String> = services
            .iter()
            .filter(|prefix| crate::actions::list().service(prefix).is_none())
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(has_resource_control("S3") && has_resource_control("sts") && !has_resource_control("sns"));
        assert!(resource_control_source().0.starts_with("https://docs.aws.amazon.com/"));
    }
}
