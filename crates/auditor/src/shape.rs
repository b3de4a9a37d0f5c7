//! What a technology's documents look like, so that a rule's `input.config.…` can be checked when it is loaded: in Rego a
//! mistyped member is silently undefined, which would read as "nothing found".

use std::collections::BTreeSet;

use security_monkey_model::TechnologyId;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object, or an entry of a map by its key.
    Member(String),
    /// Any element of a list, or any entry of a map.
    Element,
}

/// What stands at a path of a technology's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An object with exactly these members (AWS's own names, and what detail calls add).
    Members(BTreeSet<String>),
    /// A list; look on with [`Step::Element`].
    List,
    /// A map with free keys; look on with [`Step::Element`] or any [`Step::Member`].
    Map,
    /// A text, number, boolean or instant.
    Scalar,
    /// Free-form JSON (a policy document, a user's configuration): anything below is allowed.
    Open,
}

/// Knows technologies and their documents. Implement it over the technology files: [`Self::shape`] walks from the
/// document's root (an empty path) and answers for exactly that path; answer [`Shape::Open`] where AWS's models say nothing.
pub trait ShapeSource {
    /// Whether such a technology exists.
    fn has_technology(&self, technology: &TechnologyId) -> bool;

    /// All technologies, for "did you mean".
    fn technologies(&self) -> Vec<TechnologyId>;

    /// What stands at the path; `None` when nothing can stand there.
    fn shape(&self, technology: &TechnologyId, path: &[Step]) -> Option<Shape>;
}

/// Knows nothing and allows everything: for tools that have no technology files at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyShape;

impl ShapeSource for AnyShape {
    fn has_technology(&self, _: &TechnologyId) -> bool {
        true
    }

    fn technologies(&self) -> Vec<TechnologyId> {
        Vec::new()
    }

    fn shape(&self, _: &TechnologyId, _: &[Step]) -> Option<Shape> {
        Some(Shape::Open)
    }
}
