//! The order of detail calls.

use security_monkey_model::document::{Path, Segment};

use super::templates;
use crate::technology::file::TechnologyFile;

/// The step in which each detail call is made: one after the calls whose answers it reads.
pub(super) fn detail_steps(file: &TechnologyFile) -> Vec<usize> {
    let first = |path: &Path| match path.segments().first() {
        Some(Segment::Member(name)) => Some(name.clone()),
        _ => None,
    };
    let mut steps: Vec<usize> = Vec::new();
    for (index, call) in file.details.iter().enumerate() {
        let mut reads: Vec<String> = templates(&call.params)
            .iter()
            .flat_map(|(_, template)| template.paths().filter_map(first).collect::<Vec<_>>())
            .chain(call.conditions.iter().filter_map(|condition| first(&condition.path)))
            .chain(call.each.iter().filter_map(first))
            .collect();
        if let Some(region) = &file.resource.region {
            reads.extend(region.paths().filter_map(first));
        }
        let after = file.details[..index]
            .iter()
            .zip(&steps)
            .filter(|(earlier, _)| match (&earlier.each, &earlier.into) {
                (Some(each), _) => first(each).is_some_and(|name| reads.contains(&name)) && call.each != earlier.each,
                (None, Some(into)) => reads.contains(into),
                // Its members become members of the document: any later call may read them.
                (None, None) => true,
            })
            .map(|(_, step)| step + 1)
            .max();
        steps.push(after.unwrap_or(0));
    }
    steps
}
