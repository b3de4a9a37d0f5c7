//! Rules and the audit: (rule, resource, context) → verdicts.
//!
//! Owns the rule file format (Rego v1 with a closed `# METADATA` header), what a rule may see (`input`), what it must
//! say (`findings`), and the promise that a rule that could not be evaluated says *unknown*, never *nothing found*.
//!
//! * [`source`]: where rule files come from: the ones built in, and a user's folder.
//! * [`metadata`], [`rule`], [`rule_set`]: rules loaded, checked and routed by technology.
//! * [`view`]: what the caller hands over of a resource; [`enrich`]: what we derive from it once for all rules.
//! * [`auditor`]: evaluation. [`test_run`], [`lint`], [`reference`](mod@reference): tests, style and documentation of rules.
//!
//! Deliberately absent: any database, clock or AWS call; the names of technologies (a rule is data); and the rule engine's
//! types outside the private module `rego`.

pub mod auditor;
pub mod enrich;
pub mod error;
pub mod lint;
pub mod metadata;
pub mod reference;
mod rego;
pub mod rule;
pub mod rule_set;
pub mod shape;
pub mod source;
pub mod test_run;
pub mod view;

pub use auditor::{AuditContext, Auditor, RuleOverrides};
pub use error::RuleError;
pub use lint::lint;
pub use metadata::{Equivalents, RuleMetadata};
pub use rule::{Origin, Rule};
pub use rule_set::RuleSet;
pub use shape::{AnyShape, Shape, ShapeSource, Step};
pub use source::{RuleFile, RuleSources};
pub use test_run::{TestReport, TestResult, Untested, run_tests};
pub use view::{CollectedResource, Collection, LinkedResource, ResourceView};
