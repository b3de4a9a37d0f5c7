//! Who can reach a resource through its policy, with proof.

use serde::Serialize;

use super::Reach;
use crate::document::{Operator, Span};
use crate::evaluate::Request;

/// The resource a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachContext<'a> {
    /// ARN of the resource; `None` takes the policy's own resources.
    pub resource: Option<&'a str>,
    /// Which requesters the service answers at all.
    pub accepts: Accepts,
}

/// Which requesters a service answers at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// Also requests without credentials: S3, SNS, SQS, API Gateway, OpenSearch, Lambda function URLs.
    Anonymous,
    /// Signed requests only: KMS, STS, Secrets Manager, ECR and most others.
    SignedOnly,
}

/// Somebody who can reach the resource, and the proof.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachFinding {
    /// How far.
    #[serde(flatten)]
    pub class: Reach,
    /// Who: `*`, an account, an ARN, an organisation, a service, a provider.
    pub who: String,
    /// The account, where one is meant.
    pub account: Option<String>,
    /// The name of the account, if we know one.
    pub name: Option<String>,
    /// The action patterns that can be used, denies taken into account.
    pub actions: Vec<String>,
    /// Position of the statement that allows it.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// Where it stands in the source text.
    pub span: Span,
    /// The conditions that restrict.
    pub restricting: Vec<ConditionNote>,
    /// The conditions that do not, and why not.
    pub ineffective: Vec<ConditionNote>,
    /// A request that the policy allows, confirmed by the reference evaluator. `None` only where the search ran out
    /// of its budget: then the class could not be excluded.
    pub witness: Option<Request>,
}

/// A condition in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionNote {
    /// The operator.
    pub operator: Operator,
    /// The key as written.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
    /// Why it does or does not restrict.
    pub why: &'static str,
}
