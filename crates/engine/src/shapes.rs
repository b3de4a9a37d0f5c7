//! What rules may read, by the technology files: the bridge between auditor and watcher, which do not know each other.

use security_monkey_auditor::{Shape, ShapeSource, Step};
use security_monkey_model::TechnologyId;
use security_monkey_model::document::Segment;
use security_monkey_watcher::Technologies;
use security_monkey_watcher::technology::ValueKind;

/// The documents of these technologies, for [`security_monkey_auditor::RuleSet::load`].
#[derive(Debug, Clone, Copy)]
pub struct TechnologyShapes<'a>(pub &'a Technologies);

impl ShapeSource for TechnologyShapes<'_> {
    fn has_technology(&self, technology: &TechnologyId) -> bool {
        self.0.get(technology).is_some()
    }

    fn technologies(&self) -> Vec<TechnologyId> {
        self.0.all().map(|technology| technology.id().clone()).collect()
    }

    fn shape(&self, technology: &TechnologyId, path: &[Step]) -> Option<Shape> {
        let segments: Vec<Segment> = path
            .iter()
            .map(|step| match step {
                Step::Member(name) => Segment::Member(name.clone()),
                Step::Element => Segment::Elements,
            })
            .collect();
        let kind = self.0.get(technology)?.document_shape().at(&segments).ok()?;
        Some(match kind {
            ValueKind::Object(members) => Shape::Members(members),
            ValueKind::List => Shape::List,
            ValueKind::Map => Shape::Map,
            ValueKind::Scalar => Shape::Scalar,
            ValueKind::Open => Shape::Open,
        })
    }
}
