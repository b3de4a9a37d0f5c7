//! Grants of a KMS key: each lets one principal do some operations, and never forbids anything.
//!
//! Sources: KMS Developer Guide, "Grants in AWS KMS" (<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>)
//! and "Troubleshooting AWS KMS permissions", the flow chart
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html>); KMS API Reference, "`GrantConstraints`"
//! (<https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>).

use std::collections::BTreeMap;

use serde::Serialize;

use super::statement::{self, Naming};
use super::{Layer, PolicySet, Request, StatementRef};
use crate::document::{Polarity, PrincipalElement, PrincipalEntry, PrincipalKind, Span};

/// A grant of a KMS key, as `ListGrants` returns it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KeyGrant {
    /// The grant's id.
    pub id: String,
    /// ARN of a user, role, session or account, or a service.
    pub grantee: String,
    /// Who may retire the grant besides, by ARN. Source: KMS Developer Guide, "Retiring and revoking grants".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retiring: Option<String>,
    /// `Decrypt`, `GenerateDataKey`, …
    pub operations: Vec<String>,
    /// What a request must bring along.
    pub constraints: GrantConstraints,
}

/// What a request must bring along for a grant to allow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GrantConstraints {
    /// The encryption context must be these pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The encryption context must have these pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf a service must ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

/// What the context key of a pair of the encryption context begins with.
const PAIR: &str = "kms:encryptioncontext:";

impl KeyGrant {
    /// Whether the grant allows the request, and how directly it names the caller.
    pub(super) fn allows(&self, request: &Request) -> Option<Naming> {
        let (service, operation) = request.action.split_once(':')?;
        if !service.eq_ignore_ascii_case("kms") {
            return None;
        }
        let retiring = self
            .retiring
            .as_ref()
            .filter(|_| operation.eq_ignore_ascii_case("RetireGrant"));
        let may_retire = retiring.and_then(|retiring| statement::names(&principal(retiring), request));
        may_retire.or_else(|| {
            let mut operations = self.operations.iter();
            let is_granted = operations.any(|granted| granted.eq_ignore_ascii_case(operation));
            let naming = statement::names(&principal(&self.grantee), request)?;
            (is_granted && self.constraints.hold(operation, request)).then_some(naming)
        })
    }
}

/// Somebody whom a grant names, as a policy would.
fn principal(named: &str) -> PrincipalElement {
    let is_service = !named.starts_with("arn:") && named.contains('.');
    PrincipalElement {
        polarity: Polarity::Is,
        entries: vec![PrincipalEntry {
            kind: if is_service {
                PrincipalKind::Service
            } else {
                PrincipalKind::Aws
            },
            value: named.to_owned(),
            span: Span::default(),
        }],
        span: Span::default(),
    }
}

impl GrantConstraints {
    /// Whether the request brings along what it must. Operations without an encryption context are not held to one; a grant made through
    /// the grant must be as strict, so its own context counts.
    fn hold(&self, operation: &str, request: &Request) -> bool {
        let is_on_behalf = self.source_arn.as_ref().is_none_or(|wanted| {
            request
                .values("aws:SourceArn")
                .is_some_and(|values| values.iter().any(|value| value == wanted))
        });
        if !is_on_behalf {
            return false;
        }
        if [
            "DescribeKey",
            "RetireGrant",
            "GetPublicKey",
            "Sign",
            "Verify",
            "GenerateMac",
            "VerifyMac",
            "DeriveSharedSecret",
        ]
        .iter()
        .any(|other| other.eq_ignore_ascii_case(operation))
        {
            return true;
        }
        // The name of a pair compares without case, as context keys do, its value with case.
        let pairs: BTreeMap<&str, &str> = request
            .context
            .iter()
            .filter_map(|(key, values)| Some((key.strip_prefix(PAIR)?, values.first()?.as_str())))
            .collect();
        let has_all = |wanted: &BTreeMap<String, String>| {
            wanted
                .iter()
                .all(|(name, value)| pairs.get(name.to_ascii_lowercase().as_str()) == Some(&value.as_str()))
        };
        self.encryption_context_subset.as_ref().is_none_or(has_all)
            && self
                .encryption_context_equals
                .as_ref()
                .is_none_or(|wanted| has_all(wanted) && wanted.len() == pairs.len())
    }

    /// The context keys, with values, that fulfil the constraints.
    pub(crate) fn context(&self) -> impl Iterator<Item = (String, &str)> {
        let subset = self.encryption_context_subset.iter().flatten();
        let pairs = subset.chain(self.encryption_context_equals.iter().flatten());
        let source = self
            .source_arn
            .iter()
            .map(|arn| ("aws:SourceArn".to_owned(), arn.as_str()));
        pairs
            .map(|(name, value)| (format!("{PAIR}{name}"), value.as_str()))
            .chain(source)
    }
}

/// The grant that allows the request and names the caller most directly.
pub(super) fn granting(request: &Request, policies: &PolicySet<'_>) -> Option<(Naming, StatementRef)> {
    let allowing = policies
        .grants
        .iter()
        .enumerate()
        .filter_map(|(index, grant)| Some((grant.allows(request)?, index, grant)));
    let (naming, index, grant) = allowing.max_by_key(|(naming, index, _)| (*naming, std::cmp::Reverse(*index)))?;
    let reference = StatementRef {
        layer: Layer::Grant,
        policy: grant.id.clone(),
        index,
        sid: None,
        span: Span::default(),
    };
    Some((naming, reference))
}
