//! Tables of requests, asked of the reference evaluator.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{
    Caller, Decision, KeyGrant, NamedPolicy, PolicySet, Request, ResourceKind, evaluate,
};

/// The account that most examples are about.
pub(super) const ACCOUNT: &str = "111111111111";
/// Another one.
pub(super) const OTHER: &str = "222222222222";

/// What may be done with everything.
pub(super) const EVERYTHING: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

/// The policies of an example: statements, or whole documents where the version counts.
#[derive(Default, Clone, Copy)]
pub(super) struct Layers<'a> {
    pub(super) identity: &'a [&'a str],
    pub(super) boundary: Option<&'a str>,
    pub(super) session: Option<&'a [&'a str]>,
    pub(super) service_control: &'a [&'a [&'a str]],
    pub(super) resource_control: &'a [&'a [&'a str]],
    pub(super) resource: Option<&'a str>,
    pub(super) grants: &'a [KeyGrant],
    pub(super) kind: ResourceKind,
}

/// A request in a table: the action, the resource, the context (values separated by `|`), and whether it is allowed.
pub(super) type Asked<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], bool);

pub(super) fn policy(text: &str) -> Policy {
    let document = if text.starts_with(r#"{"Version""#) {
        text.to_owned()
    } else {
        format!(r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#)
    };
    Policy::parse(&document).unwrap_or_else(|error| panic!("{document}: {error}"))
}

pub(super) fn who(text: &str) -> Caller {
    Caller::read(text).unwrap_or_else(|| panic!("{text} is nobody"))
}

pub(super) fn user(name: &str) -> Caller {
    who(&format!("arn:aws:iam::{ACCOUNT}:user/{name}"))
}

/// A session of a role.
pub(super) fn session(role: &str) -> Caller {
    who(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"))
}

pub(super) fn request(caller: &Caller, action: &str, resource: &str, context: &[(&str, &str)]) -> Request {
    let mut request = Request::new(caller.clone(), action, resource).owned_by(ACCOUNT);
    for (key, values) in context {
        let values = values.split('|').map(str::to_owned).collect();
        request.context.set_all(key, values);
    }
    request
}

impl Layers<'_> {
    pub(super) fn decide(&self, request: &Request) -> Decision {
        let read = |texts: &[&str]| -> Vec<Policy> { texts.iter().map(|text| policy(text)).collect() };
        let levels = |levels: &[&[&str]]| -> Vec<Vec<Policy>> { levels.iter().map(|level| read(level)).collect() };
        let (identity, session) = (read(self.identity), self.session.map(read));
        let (service, control) = (levels(self.service_control), levels(self.resource_control));
        let (boundary, resource) = (self.boundary.map(policy), self.resource.map(policy));
        let named = |policy| NamedPolicy { name: "policy", policy };
        let set = PolicySet {
            identity: identity.iter().map(named).collect(),
            boundary: boundary.as_ref().map(named),
            session: session.as_ref().map(|session| session.iter().map(named).collect()),
            service_control: service.iter().map(|level| level.iter().map(named).collect()).collect(),
            resource_control: control.iter().map(|level| level.iter().map(named).collect()).collect(),
            resource: resource.as_ref().map(named),
            grants: self.grants,
            resource_kind: self.kind,
        };
        evaluate(request, &set)
    }

    /// Holds every request of the table against the policies.
    pub(super) fn answer(&self, caller: &Caller, table: &[Asked<'_>]) {
        self.answer_for(ACCOUNT, caller, table);
    }

    /// The same for resources of another account.
    pub(super) fn answer_for(&self, owner: &str, caller: &Caller, table: &[Asked<'_>]) {
        for (action, resource, context, expected) in table {
            let request = request(caller, action, resource, context).owned_by(owner);
            let decision = self.decide(&request);
            assert_eq!(decision.is_allowed(), *expected, "{request}: {decision}");
        }
    }
}

/// The policies of an identity alone.
pub(super) fn identity<'a>(identity: &'a [&'a str]) -> Layers<'a> {
    Layers {
        identity,
        ..Layers::default()
    }
}

/// The policy of a resource alone.
pub(super) fn resource(statements: &str) -> Layers<'_> {
    Layers {
        resource: Some(statements),
        ..Layers::default()
    }
}
