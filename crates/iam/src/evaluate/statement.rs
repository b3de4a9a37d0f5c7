//! Does a statement apply to a request? Principal, action, resource and conditions, each by its own rules.

use super::condition;
use super::request::{Caller, Request};
use super::variable;
use crate::arn::{account_of, complete};
use crate::document::{
    Condition, Element, OperatorKind, Polarity, Policy, PrincipalElement, PrincipalEntry, PrincipalKind, Statement,
    Version,
};
use crate::pattern::{self, Case, Token, has_wildcard};

/// How directly a statement of a resource policy names the caller; decides what else must allow the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// The caller's account: it delegates to the account's own policies.
    Account,
    /// Everybody.
    Anyone,
    /// The user, the role or user behind a session, the service, the provider.
    Principal,
    /// The very session.
    Session,
}

/// Whether everything but the principal matches.
pub(crate) fn applies(statement: &Statement, version: Version, request: &Request) -> bool {
    action_matches(&statement.action, &request.action) && applies_to_rest(statement, version, request)
}

/// Whether everything but the principal and the action matches.
pub(super) fn applies_to_rest(statement: &Statement, version: Version, request: &Request) -> bool {
    let covers = |element| resource_matches(element, version, request);
    statement.resource.as_ref().is_none_or(covers) && conditions_hold(statement, version, request)
}

/// Whether all conditions of a statement hold.
pub(crate) fn conditions_hold(statement: &Statement, version: Version, request: &Request) -> bool {
    statement
        .conditions
        .iter()
        .all(|condition| condition::holds(condition, version, request))
}

/// Whether the statement of a resource policy applies, and how directly it names the caller.
pub(super) fn applies_to_caller(statement: &Statement, policy: &Policy, request: &Request) -> Option<Naming> {
    let element = statement.principal.as_ref()?;
    // The cheap parts first: most statements are about something else.
    if !action_matches(&statement.action, &request.action) {
        return None;
    }
    let naming = names(element, request)?;
    // What everybody of some ARNs is given counts as given to the sessions themselves. Source: IAM User Guide, "Policy evaluation for requests
    // within a single account", on roles, `aws:PrincipalArn` and wildcards in the Principal element.
    let asks_for_arn = |condition: &Condition| {
        let kind = condition.operator.kind;
        let names_some = !kind.is_negated() && kind != OperatorKind::Null;
        condition.key.eq_ignore_ascii_case("aws:PrincipalArn") && names_some
    };
    let is_granted_by_arn = naming == Naming::Anyone
        && element.polarity == Polarity::Is
        && matches!(request.caller, Caller::RoleSession { .. })
        && statement.conditions.iter().any(asks_for_arn);
    let naming = if is_granted_by_arn { Naming::Session } else { naming };
    applies(statement, policy.version, request).then_some(naming)
}

/// Actions compare without case, wildcards anywhere. Source: "IAM JSON policy elements: Action".
pub(crate) fn action_matches(element: &Element, action: &str) -> bool {
    let listed = element
        .patterns
        .iter()
        .any(|pattern| pattern::matches(&pattern.text, action, Case::Insensitive));
    listed == (element.polarity == Polarity::Is)
}

/// Whether `Resource` or `NotResource` matches the request's resource.
pub(crate) fn resource_matches(element: &Element, version: Version, request: &Request) -> bool {
    covers_resource(element, version, request, &request.resource)
}

/// The same for another resource than the request's own.
pub(crate) fn covers_resource(element: &Element, version: Version, request: &Request, resource: &str) -> bool {
    let listed = element
        .patterns
        .iter()
        .any(|pattern| text_covers_resource(&pattern.text, version, request, resource));
    listed == (element.polarity == Polarity::Is)
}

/// Resources compare with case. A shortened ARN is completed ([`complete`]). A `*` may reach over colons, as AWS says of
/// one at the end of a segment. Source: "IAM JSON policy elements: Resource".
pub(crate) fn resource_text_matches(text: &str, version: Version, request: &Request) -> bool {
    text_covers_resource(text, version, request, &request.resource)
}

fn text_covers_resource(text: &str, version: Version, request: &Request, resource: &str) -> bool {
    text == "*" || variable::matches(&complete(text), version, request, resource, Case::Sensitive)
}

/// A pattern of resources as it reads for the request, for what looks for resources instead of comparing one; as
/// [`variable::tokens`] in all else.
pub(crate) fn resource_tokens(text: &str, version: Version, request: &Request) -> Option<Vec<Token>> {
    variable::tokens(&complete(text), version, request)
}

/// Whether the principal element covers the caller, and how directly.
pub(super) fn names(element: &PrincipalElement, request: &Request) -> Option<Naming> {
    let named = element
        .entries
        .iter()
        .filter_map(|entry| entry_names(entry, request))
        .max();
    match element.polarity {
        Polarity::Is => named,
        // Everybody but those listed. A listed account lists its users and roles for an Allow; for a Deny AWS wants the
        // user or role listed beside its account, so the account alone does not exempt them.
        // Source: "AWS JSON policy elements: NotPrincipal".
        Polarity::Not => match named {
            None => Some(Naming::Anyone),
            Some(_) => None,
        },
    }
}

/// Whether the principal element of an Allow covers the caller.
pub(crate) fn principal_covers(element: &PrincipalElement, request: &Request) -> bool {
    names(element, request).is_some()
}

/// Whether a Deny with `NotPrincipal` exempts the caller: the caller itself must be listed, not only its account.
pub(super) fn denies_caller(element: &PrincipalElement, request: &Request) -> bool {
    if element.polarity == Polarity::Is {
        return names(element, request).is_some();
    }
    let is_root = matches!(request.caller, Caller::Root { .. });
    let exempt =
        |entry: &PrincipalEntry| entry_names(entry, request).is_some_and(|naming| naming != Naming::Account || is_root);
    !element.entries.iter().any(exempt)
}

fn entry_names(entry: &PrincipalEntry, request: &Request) -> Option<Naming> {
    let value = entry.value.as_str();
    match entry.kind {
        PrincipalKind::Anyone => Some(Naming::Anyone),
        PrincipalKind::Aws if value == "*" => Some(Naming::Anyone),
        PrincipalKind::Aws => aws_entry_names(value, &request.caller),
        PrincipalKind::Service => match &request.caller {
            Caller::Service { name } if pattern::matches(value, name, Case::Insensitive) => Some(Naming::Principal),
            _ => None,
        },
        PrincipalKind::Federated => match &request.caller {
            Caller::Federated { provider } if pattern::matches(value, provider, Case::Insensitive) => {
                Some(Naming::Principal)
            }
            _ => None,
        },
        PrincipalKind::CanonicalUser => {
            let names_account = request.canonical_user.as_deref() == Some(value) || value == "*";
            (names_account && request.caller.account().is_some()).then_some(Naming::Account)
        }
    }
}

fn aws_entry_names(value: &str, caller: &Caller) -> Option<Naming> {
    if let Caller::User { arn } = caller
        && arn == value
    {
        // Before the account: an origin access identity has none.
        return Some(Naming::Principal);
    }
    let account = caller.account()?;
    let names_root = value == account
        || value
            .strip_suffix(":root")
            .is_some_and(|_| account_of(value) == Some(account));
    if names_root {
        return Some(if matches!(caller, Caller::Root { .. }) {
            Naming::Principal
        } else {
            Naming::Account
        });
    }
    // AWS refuses wildcards in principal ARNs; old documents have them, and taking them as patterns errs on the side of
    // reporting.
    let is_pattern = has_wildcard(value);
    let same = |own: &str| {
        if is_pattern {
            pattern::matches(value, own, Case::Sensitive)
        } else {
            value == own
        }
    };
    match caller {
        Caller::User { arn } if same(arn) => Some(Naming::Principal),
        Caller::FederatedUser { arn, .. } if same(arn) => Some(Naming::Session),
        // Named by whoever made it, like a role's session by its role. Source: "Policy evaluation for requests within a single
        // account", on STS federated user principals.
        Caller::FederatedUser { user: Some(user), .. } if same(user) => Some(Naming::Principal),
        Caller::RoleSession { role_arn, session } => {
            let may_be_session = is_pattern || value.ends_with(session.as_str()) && value.contains(":assumed-role/");
            if may_be_session && same(&super::request::session_arn(role_arn, session)) {
                Some(Naming::Session)
            } else {
                same(role_arn).then_some(Naming::Principal)
            }
        }
        _ if is_pattern && same(&format!("arn:aws:iam::{account}:root")) => Some(Naming::Account),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::resource_text_matches;
    use crate::document::Version;
    use crate::evaluate::{Caller, Request};

    #[test]
    fn a_text_of_resources_matches_with_its_variables_and_missing_parts() {
        let request = Request::new(Caller::Anonymous, "s3:GetObject", "arn:aws:s3:::b/x").with("s3:prefix", "x");
        let matches = |text: &str| resource_text_matches(text, Version::V2012, &request);
        for text in ["*", "arn:aws:s3", "arn:aws:s3:::b/?", "arn:aws:s3:::b/${s3:prefix}"] {
            assert!(matches(text), "{text}");
        }
        for text in ["", "arn:aws:sqs", "arn:aws:s3:::B/x", "arn:aws:s3:::b/${aws:username}"] {
            assert!(!matches(text), "{text}");
        }
    }
}
