//! Is this request allowed? A direct, readable evaluator of AWS's evaluation logic; everything else in this crate is
//! tested against it.
//!
//! Source: IAM User Guide, "Policy evaluation logic" (within one account, cross-account, explicit and implicit denies),
//! "Permissions boundaries for IAM entities" (how resource policies interact with boundaries and sessions), and the
//! Organizations User Guide on SCP and RCP evaluation.

mod condition;
mod coverage;
mod date;
mod grant;
mod request;
mod statement;
mod variable;

pub(crate) use condition::{Arranged, holds, holds_for, read_for};
pub use coverage::{has_resource_control, resource_control_source};
pub(crate) use date::{read as read_date, write as write_date};
pub use grant::{GrantConstraints, KeyGrant};
pub use request::{Caller, Context, Request};
pub(crate) use request::{SOME_SESSION, may_be_derived};
pub(crate) use statement::{
    action_matches, conditions_hold, covers_resource, principal_covers, resource_matches, resource_text_matches,
    resource_tokens,
};
pub(crate) use variable::{
    Part, has_escape, has_variable, has_variable_of, open_keys, parts, replaced, tokens, unescaped, variables,
    without_variables,
};

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use statement::Naming;

use crate::arn::{Arn, is_saml_provider};
use crate::document::{Effect, Polarity, Policy, PrincipalElement, Span};

/// A policy and the name it goes by in answers.
#[derive(Debug, Clone, Copy)]
pub struct NamedPolicy<'a> {
    /// Name or ARN.
    pub name: &'a str,
    /// The document.
    pub policy: &'a Policy,
}

/// Every policy that takes part in a decision. An empty layer is one that does not exist.
#[derive(Debug, Clone, Default)]
pub struct PolicySet<'a> {
    /// Inline, attached and group policies of the caller.
    pub identity: Vec<NamedPolicy<'a>>,
    /// The permissions boundary of the caller.
    pub boundary: Option<NamedPolicy<'a>>,
    /// The session policies of the caller. `None`: no session policy was passed.
    pub session: Option<Vec<NamedPolicy<'a>>>,
    /// Service control policies of the caller's account: one list per level (root, units, account). Every level must
    /// allow. Leave empty for the management account, which they do not bind; service-linked roles are told apart here.
    pub service_control: Vec<Vec<NamedPolicy<'a>>>,
    /// Resource control policies of the resource's account, in the same form. Only their Denies count: `RCPFullAWSAccess`, which
    /// allows everything, stands at every level and cannot be detached. Leave empty for resources of the management account;
    /// actions of services that they do not cover are told apart here, see [`has_resource_control`]. Source: Organizations User
    /// Guide, "RCP evaluation".
    pub resource_control: Vec<Vec<NamedPolicy<'a>>>,
    /// The policy of the resource.
    pub resource: Option<NamedPolicy<'a>>,
    /// The grants of the key asked for.
    pub grants: &'a [KeyGrant],
    /// What the resource is, where that changes the logic.
    pub resource_kind: ResourceKind,
}

impl<'a> PolicySet<'a> {
    /// Every statement that takes part in a decision.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &'a crate::document::Statement> + '_ {
        let bounding = self.boundary.iter().chain(self.session.iter().flatten());
        let organisation = self.service_control.iter().chain(&self.resource_control).flatten();
        let named = self
            .identity
            .iter()
            .chain(bounding)
            .chain(organisation)
            .chain(&self.resource);
        named.flat_map(|named| &named.policy.statements)
    }
}

/// Resources for which the policy of the resource has the first word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// Within one account, either the identity's or the resource's policy may allow.
    #[default]
    Ordinary,
    /// A role to be assumed or a KMS key: its own policy must allow, also within one account. Source: IAM User Guide,
    /// "Policy evaluation logic": "IAM role trust policies and KMS key policies are exceptions".
    PolicyRequired,
}

/// The kinds of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A policy of the identity.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// The policy of the resource.
    Resource,
    /// A grant of a KMS key.
    Grant,
    /// AWS itself, which asks for no permission.
    Aws,
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Resource => "resource policy",
            Self::Grant => "grant",
            Self::Aws => "AWS",
        })
    }
}

/// A statement, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StatementRef {
    /// In what kind of policy.
    pub layer: Layer,
    /// In which policy.
    pub policy: String,
    /// Position in the policy.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// Where it stands.
    pub span: Span,
}

impl fmt::Display for StatementRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Layer::Grant => return write!(formatter, "grant {}", self.policy),
            Layer::Aws => return write!(formatter, "AWS: {}", self.policy),
            _ => {}
        }
        match self.sid.as_deref().filter(|sid| !sid.is_empty()) {
            Some(sid) => write!(formatter, "statement {sid:?} of {} {}", self.layer, self.policy),
            None => write!(
                formatter,
                "statement {} of {} {}",
                self.index + 1,
                self.layer,
                self.policy
            ),
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Allowed by these statements: one for each layer that had to allow, the granting one first.
    Allowed {
        /// The statements.
        by: Vec<StatementRef>,
    },
    /// Forbidden by a Deny statement.
    ExplicitDeny {
        /// The statement.
        by: StatementRef,
    },
    /// Nothing in this layer allows it.
    ImplicitDeny {
        /// The layer that had to allow and did not.
        missing: Layer,
    },
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { by } => {
                formatter.write_str("allowed by ")?;
                for (position, statement) in by.iter().enumerate() {
                    write!(formatter, "{}{statement}", if position == 0 { "" } else { " and " })?;
                }
                Ok(())
            }
            Self::ExplicitDeny { by } => write!(formatter, "denied by {by}"),
            Self::ImplicitDeny { missing } => write!(formatter, "not allowed: no {missing} allows it"),
        }
    }
}

/// Decides a request under all the policies given.
pub fn evaluate(request: &Request, policies: &PolicySet<'_>) -> Decision {
    if let Some(reason) = needs_no_permission(request) {
        return Decision::Allowed {
            by: vec![unwritten(Layer::Aws, reason.to_owned())],
        };
    }
    if let Some(reason) = refusal(&request.caller, &request.action) {
        return Decision::ExplicitDeny {
            by: unwritten(Layer::Aws, reason.to_owned()),
        };
    }
    if let Some(by) = explicit_deny(request, policies) {
        return Decision::ExplicitDeny { by };
    }
    let mut by = Vec::new();
    let by_grant = grant::granting(request, policies);
    let by_resource = policies
        .resource
        .and_then(|policy| first_allow_to_caller(&[policy], Layer::Resource, request));
    let Some(account) = request.caller.account() else {
        // Strangers, services and federated users have no policies of their own.
        return match by_resource.or(by_grant) {
            Some((_, found)) => {
                by.insert(0, found);
                Decision::Allowed { by }
            }
            None => Decision::ImplicitDeny {
                missing: Layer::Resource,
            },
        };
    };
    for level in service_control(request, policies) {
        match first_allow(level, Layer::ServiceControl, request) {
            Some(found) => by.push(found),
            None => {
                return Decision::ImplicitDeny {
                    missing: Layer::ServiceControl,
                };
            }
        }
    }
    // A grant is enough by itself, also for a key of another account, as long as nothing bounds the grantee. Naming an account, it
    // delegates like the key's policy does.
    if let Some((naming, found)) = &by_grant
        && *naming != Naming::Account
        && (grants_directly(*naming, request, policies) || is_bounded_in(*naming, request, policies))
    {
        by.insert(0, found.clone());
        return Decision::Allowed { by };
    }
    let by_resource = by_resource.or(by_grant);
    let is_same_account = request.resource_account.as_deref().is_none_or(|owner| owner == account);
    if let Some((naming, found)) = &by_resource
        && is_same_account
        && grants_directly(*naming, request, policies)
    {
        by.insert(0, found.clone());
        return Decision::Allowed { by };
    }
    let needs_resource_policy = !is_same_account || has_own_say(request, policies.resource_kind);
    if needs_resource_policy {
        match &by_resource {
            Some((_, found)) => by.insert(0, found.clone()),
            None => {
                return Decision::ImplicitDeny {
                    missing: Layer::Resource,
                };
            }
        }
    }
    // Within one account a resource policy that names the role (or everybody) stands in for the identity's policies, but
    // boundary and session still bound it.
    let naming = by_resource.as_ref().map(|(naming, _)| *naming);
    let names_caller = is_same_account && naming.is_some_and(|naming| naming != Naming::Account);
    match identity_allow(request, policies) {
        Some(found) => by.insert(0, found),
        None if names_caller => by.extend(by_resource.map(|(_, found)| found).filter(|_| !needs_resource_policy)),
        None => {
            return Decision::ImplicitDeny {
                missing: Layer::Identity,
            };
        }
    }
    if let Some(boundary) = policies.boundary {
        match first_allow(&[boundary], Layer::Boundary, request) {
            Some(found) => by.push(found),
            None => {
                return Decision::ImplicitDeny {
                    missing: Layer::Boundary,
                };
            }
        }
    }
    let missing = Layer::Session;
    match &policies.session {
        Some(session) => match first_allow(session, missing, request) {
            Some(found) => by.push(found),
            None => return Decision::ImplicitDeny { missing },
        },
        None if !reaches_without_session_policy(naming, request, policies) => {
            return Decision::ImplicitDeny { missing };
        }
        None => {}
    }
    Decision::Allowed { by }
}

/// Why no policy decides the request, Denies included. Source: STS API Reference, "`GetCallerIdentity`" and "`GetSessionToken`", sections
/// on permissions: neither needs any, and no policy takes the first away or controls the second, which users ask for.
fn needs_no_permission(request: &Request) -> Option<&'static str> {
    let is = |action: &str| request.action.eq_ignore_ascii_case(action);
    let has_account = request.caller.account().is_some();
    if is("sts:GetCallerIdentity") && has_account {
        return Some("whoever has credentials may ask who they are, whatever policies say");
    }
    let is_user = matches!(request.caller, Caller::User { .. } | Caller::Root { .. });
    (is("sts:GetSessionToken") && is_user).then_some("users authenticate themselves so, which policies do not control")
}

/// Why AWS refuses such a caller the action, whatever policies say. Sources: IAM User Guide, "Compare AWS STS credentials", column "Who can
/// call": `AssumeRole` is for users and roles, `GetFederationToken` and `GetSessionToken` for users and root users; STS API Reference,
/// "`AssumeRoot`", first paragraph, and "`AssumeRoleWithWebIdentity`" and "`AssumeRoleWithSAML`", on tokens and assertions in the place of
/// credentials.
fn refusal(caller: &Caller, action: &str) -> Option<&'static str> {
    let is = |refused: &str| action.eq_ignore_ascii_case(refused);
    let (by_identity, by_assertion) = (is("sts:AssumeRoleWithWebIdentity"), is("sts:AssumeRoleWithSAML"));
    match caller {
        Caller::Federated { provider } => {
            let is_saml = is_saml_provider(provider);
            if is("sts:AssumeRole") {
                Some(
                    "who has a token of an identity provider takes roles by AssumeRoleWithWebIdentity or AssumeRoleWithSAML",
                )
            } else if is_saml && by_identity {
                Some("assertions of a SAML provider take roles by AssumeRoleWithSAML")
            } else if !is_saml && by_assertion {
                Some("tokens of a web identity provider take roles by AssumeRoleWithWebIdentity")
            } else {
                None
            }
        }
        _ if by_identity || by_assertion => {
            Some("roles are taken so with a token of an identity provider, not with credentials of AWS")
        }
        Caller::Root { .. } if is("sts:AssumeRole") || is("sts:AssumeRoot") => {
            Some("root users cannot assume roles; users and roles of their account can")
        }
        Caller::FederatedUser { .. } if is("sts:AssumeRole") => {
            Some("sessions of federated users cannot assume roles; the users that made them can")
        }
        Caller::RoleSession { .. } | Caller::FederatedUser { .. }
            if is("sts:GetFederationToken") || is("sts:GetSessionToken") =>
        {
            Some("temporary credentials cannot ask for others of this kind; access keys of users can")
        }
        _ => None,
    }
}

/// Whether AWS refuses such a caller the action, whatever policies say.
pub(crate) fn is_never_allowed(caller: &Caller, action: &str) -> bool {
    refusal(caller, action).is_some()
}

/// What allows or denies without a statement, in words.
fn unwritten(layer: Layer, words: String) -> StatementRef {
    StatementRef {
        layer,
        policy: words,
        index: 0,
        sid: None,
        span: Span::default(),
    }
}

/// Whether the resource's policy has to allow the request within one account too. A role's trust policy is about who takes the role: what
/// IAM does to a role is not asked of it.
fn has_own_say(request: &Request, kind: ResourceKind) -> bool {
    let is_of_iam = request
        .action
        .get(..4)
        .is_some_and(|service| service.eq_ignore_ascii_case("iam:"));
    kind == ResourceKind::PolicyRequired && !is_of_iam
}

/// Whether a resource policy by itself lets the request in: an Allow applies to the caller and no Deny does. For a caller
/// of another account this is the resource's half of the decision.
pub fn resource_policy_allows(policy: &Policy, request: &Request) -> bool {
    !is_never_allowed(&request.caller, &request.action)
        && !policy
            .statements
            .iter()
            .any(|statement| denies(statement, policy, request))
        && policy.statements.iter().any(|statement| {
            statement.effect == Effect::Allow && statement::applies_to_caller(statement, policy, request).is_some()
        })
}

/// Whether a Deny statement of a resource policy applies to the request.
pub(crate) fn denies(statement: &crate::document::Statement, policy: &Policy, request: &Request) -> bool {
    statement.effect == Effect::Deny
        && deny_covers_caller(statement, request)
        && statement::applies(statement, policy.version, request)
}

/// The same of a request that differs from this one in its action, which the Deny is about.
pub(crate) fn denies_with_its_action(deny: &crate::document::Statement, policy: &Policy, request: &Request) -> bool {
    deny_covers_caller(deny, request) && statement::applies_to_rest(deny, policy.version, request)
}

/// Whether the Allow applies to the request and no Deny of the policy does.
pub(crate) fn lets_in(allow: &crate::document::Statement, policy: &Policy, request: &Request) -> bool {
    !is_never_allowed(&request.caller, &request.action)
        && statement_applies(allow, policy, request)
        && !policy.denies().any(|deny| denies(deny, policy, request))
}

/// Whether a statement applies: its principals, where it has some, and everything else.
pub(crate) fn statement_applies(statement: &crate::document::Statement, policy: &Policy, request: &Request) -> bool {
    match &statement.principal {
        Some(_) => statement::applies_to_caller(statement, policy, request).is_some(),
        None => statement::applies(statement, policy.version, request),
    }
}

/// Whether the principal element of a Deny covers the caller.
pub(crate) fn deny_covers_caller(statement: &crate::document::Statement, request: &Request) -> bool {
    statement
        .principal
        .as_ref()
        .is_none_or(|element| statement::denies_caller(element, request))
}

/// Whether the caller is the session of a federated user without session policies. It has nothing of its user's rights: those that its
/// user's policies give and those that a resource's policy gives its user. What names the session itself, or everybody, is not its
/// user's. Source: IAM User Guide, "Permissions for `GetFederationToken`".
fn has_nothing_of_its_user(request: &Request, policies: &PolicySet<'_>) -> bool {
    matches!(request.caller, Caller::FederatedUser { .. }) && policies.session.is_none()
}

/// Whether a caller named in this way by a resource's policy or a grant needs no session policy that allows the request too.
fn reaches_without_session_policy(naming: Option<Naming>, request: &Request, policies: &PolicySet<'_>) -> bool {
    naming != Some(Naming::Principal) || !has_nothing_of_its_user(request, policies)
}

/// The root user may do everything its account's organisation lets it; others need a policy.
fn identity_allow(request: &Request, policies: &PolicySet<'_>) -> Option<StatementRef> {
    if has_nothing_of_its_user(request, policies) {
        return None;
    }
    if let Caller::Root { account } = &request.caller {
        return Some(unwritten(Layer::Identity, format!("root user of {account}")));
    }
    first_allow(&policies.identity, Layer::Identity, request)
}

/// Whether a grant of the same account's resource policy needs nothing else. A user's ARN: neither identity policy nor
/// boundary can take it away by silence. A session's ARN: likewise, session policy included. The ARN of the role or user
/// behind a session, or `*`: boundary and session policy still bound it. Sources: "Permissions boundaries for IAM entities"; "Policy
/// evaluation for requests within a single account", on STS federated user principals.
fn grants_directly(naming: Naming, request: &Request, policies: &PolicySet<'_>) -> bool {
    match naming {
        Naming::Session => true,
        Naming::Principal | Naming::Anyone => {
            !matches!(
                request.caller,
                Caller::RoleSession { .. } | Caller::FederatedUser { .. }
            ) || policies.boundary.is_none()
                && policies.session.is_none()
                && reaches_without_session_policy(Some(naming), request, policies)
        }
        Naming::Account => false,
    }
}

/// Whether boundary and session policy allow what somebody else granted.
fn is_bounded_in(naming: Naming, request: &Request, policies: &PolicySet<'_>) -> bool {
    let allows = |layer: &[NamedPolicy<'_>], kind: Layer| first_allow(layer, kind, request).is_some();
    policies
        .boundary
        .is_none_or(|boundary| allows(&[boundary], Layer::Boundary))
        && match &policies.session {
            Some(session) => allows(session, Layer::Session),
            None => reaches_without_session_policy(Some(naming), request, policies),
        }
}

/// The service control policies that bind the caller.
fn service_control<'s, 'p>(request: &Request, policies: &'s PolicySet<'p>) -> &'s [Vec<NamedPolicy<'p>>] {
    if request.caller.is_service_linked_role() {
        &[]
    } else {
        &policies.service_control
    }
}

/// The resource control policies that bind the request. Most services, roles linked to a service, keys that AWS manages and retiring a
/// grant are out of their reach. Source: Organizations User Guide, "Resource control policies (RCPs)", sections on supported services and
/// on what they do not restrict.
fn resource_control<'s, 'p>(request: &Request, policies: &'s PolicySet<'p>) -> &'s [Vec<NamedPolicy<'p>>] {
    if policies.resource_control.is_empty() {
        return &[];
    }
    let service = request.action.split(':').next().unwrap_or_default();
    let is_linked_role = Arn::read(&request.resource)
        .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/aws-service-role/"));
    if request.caller.is_service_linked_role()
        || is_linked_role && service.eq_ignore_ascii_case("sts")
        || is_managed_key(request)
        || request.action.eq_ignore_ascii_case("kms:RetireGrant")
        || !has_resource_control(service)
    {
        &[]
    } else {
        &policies.resource_control
    }
}

/// Whether the request is about a key that AWS manages, as far as it says so: by the alias, which begins with `aws/`.
fn is_managed_key(request: &Request) -> bool {
    let aliases = request.values("kms:ResourceAliases").into_iter().flatten();
    Arn::read(&request.resource).is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("alias/aws/"))
        || aliases.into_iter().any(|alias| alias.starts_with("alias/aws/"))
}

fn explicit_deny(request: &Request, policies: &PolicySet<'_>) -> Option<StatementRef> {
    find_deny(request, policies).map(|(layer, named, statement)| reference(layer, &named, statement))
}

/// The Deny statement that decides a request, with its policy's version.
pub(crate) fn denying<'p>(
    request: &Request,
    policies: &PolicySet<'p>,
) -> Option<(&'p crate::document::Statement, crate::document::Version)> {
    find_deny(request, policies).map(|(_, named, statement)| (statement, named.policy.version))
}

fn find_deny<'p>(
    request: &Request,
    policies: &PolicySet<'p>,
) -> Option<(Layer, NamedPolicy<'p>, &'p crate::document::Statement)> {
    let has_identity = request.caller.account().is_some();
    let own = policies
        .identity
        .iter()
        .map(|policy| (Layer::Identity, policy))
        .chain(policies.boundary.iter().map(|policy| (Layer::Boundary, policy)))
        .chain(policies.session.iter().flatten().map(|policy| (Layer::Session, policy)))
        .chain(
            service_control(request, policies)
                .iter()
                .flatten()
                .map(|policy| (Layer::ServiceControl, policy)),
        )
        .filter(|_| has_identity);
    let theirs = resource_control(request, policies)
        .iter()
        .flatten()
        .map(|policy| (Layer::ResourceControl, policy))
        .chain(policies.resource.iter().map(|policy| (Layer::Resource, policy)));
    own.chain(theirs).find_map(|(layer, named)| {
        let denying = named.policy.statements.iter().find(|statement| {
            denies(statement, named.policy, request)
                || layer == Layer::Resource && denies_whoever_is_bounded(statement, named.policy, request, policies)
        });
        denying
            .filter(|_| layer != Layer::Resource || !is_owner_at_its_bucket_policy(request))
            .map(|statement| (layer, *named, statement))
    })
}

/// A Deny with `NotPrincipal` denies every user and role that has a permissions boundary, also those it lists. Source: IAM User Guide,
/// "AWS JSON policy elements: NotPrincipal", key points.
fn denies_whoever_is_bounded(
    statement: &crate::document::Statement,
    policy: &Policy,
    request: &Request,
    policies: &PolicySet<'_>,
) -> bool {
    let is_exception = |element: &PrincipalElement| element.polarity == Polarity::Not;
    policies.boundary.is_some()
        && matches!(request.caller, Caller::User { .. } | Caller::RoleSession { .. })
        && statement.effect == Effect::Deny
        && statement.principal.as_ref().is_some_and(is_exception)
        && statement::applies(statement, policy.version, request)
}

/// Whether the root user of the account that owns a bucket reads, changes or removes its policy, which that policy cannot deny. Source:
/// S3 API Reference, "`PutBucketPolicy`", "`GetBucketPolicy`" and "`DeleteBucketPolicy`".
fn is_owner_at_its_bucket_policy(request: &Request) -> bool {
    const ACTIONS: [&str; 3] = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
    matches!(&request.caller, Caller::Root { account } if request.resource_account.as_deref() == Some(account))
        && ACTIONS.iter().any(|action| request.action.eq_ignore_ascii_case(action))
}

fn first_allow(policies: &[NamedPolicy<'_>], layer: Layer, request: &Request) -> Option<StatementRef> {
    policies.iter().find_map(|named| {
        let allows = |statement: &&crate::document::Statement| {
            statement.effect == Effect::Allow && statement::applies(statement, named.policy.version, request)
        };
        named
            .policy
            .statements
            .iter()
            .find(allows)
            .map(|statement| reference(layer, named, statement))
    })
}

/// The allowing statement that names the caller most directly.
fn first_allow_to_caller(
    policies: &[NamedPolicy<'_>],
    layer: Layer,
    request: &Request,
) -> Option<(Naming, StatementRef)> {
    let mut best: Option<(Naming, StatementRef)> = None;
    for named in policies {
        for statement in named.policy.allows() {
            let Some(naming) = statement::applies_to_caller(statement, named.policy, request) else {
                continue;
            };
            if best.as_ref().is_none_or(|(known, _)| naming > *known) {
                best = Some((naming, reference(layer, named, statement)));
            }
        }
    }
    best
}

fn reference(layer: Layer, named: &NamedPolicy<'_>, statement: &crate::document::Statement) -> StatementRef {
    StatementRef {
        layer,
        policy: named.name.to_owned(),
        index: statement.index,
        sid: statement.sid.clone(),
        span: statement.span,
    }
}
