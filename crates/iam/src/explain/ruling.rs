//! One request: allowed or not, by which statements, and what was not said that decides.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::missing::{self, MissingKey};
use super::{Kind, Paper, Surroundings};
use crate::actions;
use crate::arn::{Arn, is_account_id};
use crate::document::{Policy, Span};
use crate::evaluate::{
    Caller, Context, Decision, Layer, NamedPolicy, PolicySet, Request, SOME_SESSION, StatementRef, evaluate,
    resource_policy_allows,
};
use crate::parse::Place;
use crate::pattern::{self, Case};
use crate::reach::policy_that_counts;

/// The answer to a request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ruling {
    /// What was asked.
    pub request: Request,
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// Where the deciding statements stand, in their order; none where a policy was not read from text.
    pub places: Vec<Option<Place>>,
    /// Whether the resource's policy by itself lets the request in: its half where another account asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub resource_policy_allows: Option<bool>,
    /// Which layer of which account had to allow and was not given, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub hint: Option<String>,
    /// Keys that were taken to be in the request, as they are in every one, because conditions ask for them and nothing else was said.
    pub assumed_context: Context,
    /// Keys that conditions of statements for this caller, action and resource ask for and that were not given.
    pub missing_context: Vec<MissingKey>,
    /// What to know about the question itself.
    pub notes: Vec<String>,
}

/// What is asked, as people write it.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Who asks: see [`Caller::read`]. `None`: some user of the account that the document belongs to.
    pub principal: Option<Caller>,
    /// `service:Name`.
    pub action: &'a str,
    /// Context keys with their values.
    pub context: &'a BTreeMap<String, Vec<String>>,
    /// When it is asked, in seconds since 1970, for conditions on the time; `None`: not known.
    pub now_epoch_seconds: Option<i64>,
}

/// Decides one request under a document and what stands around it.
pub fn rule(question: &Question<'_>, paper: &Paper, around: &Surroundings) -> Ruling {
    let kind = around.kind_of(paper);
    let own = around.own_account();
    let caller = question.principal.clone().unwrap_or_else(|| Caller::User {
        arn: format!("arn:{}:iam::{own}:user/somebody", around.partition(paper)),
    });
    let resource = around.resource.as_deref().unwrap_or("*");
    let is_of_resource = matches!(
        kind,
        Kind::Resource | Kind::Trust | Kind::Bucket | Kind::Key | Kind::Function | Kind::ResourceControl
    );
    let of_arn = Arn::read(resource)
        .map(|arn| arn.account)
        .filter(|account| is_account_id(account));
    let owner = around
        .resource_account
        .as_deref()
        .or(of_arn)
        .or((is_of_resource || around.resource_policy.is_some()).then_some(own));
    let mut request = Request::new(caller, question.action, resource);
    request.resource_account = owner.map(str::to_owned);
    for (key, values) in question.context {
        request.context.set_all(key, values.clone());
    }
    let counted = of_bucket(paper, kind, around, &request);
    let mut set = around.layers(paper, kind);
    if let Some((policy, _)) = &counted {
        let name = around
            .policy_of_resource(paper, kind)
            .map_or("ACL", |paper| &paper.name);
        set.resource = Some(NamedPolicy { name, policy });
    }
    let assumed_context = missing::assume(&mut request, &set, question.now_epoch_seconds);
    let decision = evaluate(&request, &set);
    let places = match &decision {
        Decision::Allowed { by } => by.iter().map(|statement| place(statement, paper, around)).collect(),
        Decision::ExplicitDeny { by } => vec![place(by, paper, around)],
        Decision::ImplicitDeny { .. } => Vec::new(),
    };
    let half = set.resource.filter(|_| !decision.is_allowed());
    let hint = hint(&decision, &request, &set);
    let is_owner_told = around.account.is_some() || around.resource_account.is_some() || of_arn.is_some();
    Ruling {
        missing_context: missing::missing(&request, &set),
        notes: notes(&request, &set, is_owner_told)
            .into_iter()
            .chain(
                counted
                    .as_ref()
                    .and_then(|(_, restricted)| restricted.map(str::to_owned)),
            )
            .collect(),
        assumed_context,
        decision,
        places,
        resource_policy_allows: half.map(|named| resource_policy_allows(named.policy, &request)),
        hint,
        request,
    }
}

/// The policy of the bucket that is asked for, as it counts for the request, and what takes its Allows away; `None` where no bucket is, or
/// nothing is known of it.
fn of_bucket(
    paper: &Paper,
    kind: Kind,
    around: &Surroundings,
    request: &Request,
) -> Option<(Policy, Option<&'static str>)> {
    // The bucket itself, of which an object may be asked.
    let arn = request.resource.split('/').next().unwrap_or_default();
    if kind != Kind::Bucket && Arn::read(arn).is_none_or(|arn| arn.bucket().is_none()) {
        return None;
    }
    let policy = around.policy_of_resource(paper, kind).map(|paper| &paper.policy);
    if policy.is_none() && around.acl.is_empty() {
        return None;
    }
    let owner = request.resource_account.as_deref().unwrap_or(around.own_account());
    let directory = around.directory.seen_from(owner);
    let bucket = around.bucket(policy, arn);
    policy_that_counts(&bucket, request, around.owner_canonical_id.as_deref(), &directory)
}

fn place(statement: &StatementRef, paper: &Paper, around: &Surroundings) -> Option<Place> {
    let text = around
        .papers(paper)
        .find(|paper| paper.name == statement.policy)?
        .text
        .as_deref()
        // Grants of an ACL stand in no text.
        .filter(|_| statement.span != Span::default())?;
    let (line, column) = statement.span.line_and_column(text);
    Some(Place { line, column })
}

/// What to do about a silence that comes from a layer that was not given.
fn hint(decision: &Decision, request: &Request, set: &PolicySet<'_>) -> Option<String> {
    let Decision::ImplicitDeny { missing } = decision else {
        return None;
    };
    let account = request.caller.account().unwrap_or_default();
    match missing {
        Layer::Identity if set.identity.is_empty() => Some(format!(
            "no policy of the caller was given; its account {account} must allow the request too, unless the resource's policy names the caller within one account"
        )),
        Layer::Resource if set.resource.is_none() => Some(match &request.resource_account {
            Some(owner) if owner != account => {
                format!(
                    "no policy of the resource was given; it belongs to account {owner}, which must allow the request"
                )
            }
            _ => "no policy of the resource was given, and this kind of resource needs one".to_owned(),
        }),
        _ => None,
    }
}

/// What a question leaves open or gets wrong, apart from context keys.
fn notes(request: &Request, set: &PolicySet<'_>, is_owner_told: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if actions::list().find(&request.action).is_none() {
        notes.push(format!("AWS has published no action {}", request.action));
    }
    if !is_owner_told && depends_on_owner(request, set) {
        let owner = match request.resource_account.as_deref().or(request.caller.account()) {
            Some(account) => format!("account {account}"),
            None => "the caller's account".to_owned(),
        };
        notes.push(format!(
            "the ARN does not tell who owns the resource; it was taken to be {owner}: --resource-account says otherwise, and then the \
             resource's policy has to allow it too"
        ));
    }
    notes.extend(role_with_path(request, set).map(|(named, role)| {
        format!(
            "the policies name {named}; the ARN of a session does not tell its role's path: ask with --principal {role} if that role is meant"
        )
    }));
    notes
}

/// Whether a resource of somebody else gets another answer.
fn depends_on_owner(request: &Request, set: &PolicySet<'_>) -> bool {
    if request.caller.account().is_none() || Arn::read(&request.resource).is_none() {
        return false;
    }
    // Nobody's, as account ids of AWS do not begin with five zeros.
    let foreign = request.clone().owned_by("000000000000");
    evaluate(request, set).is_allowed() != evaluate(&foreign, set).is_allowed()
}

/// What the policies name of roles with a path, where the caller may be one of them by its account and name, and that role's ARN:
/// `assumed-role/NAME/SESSION` leaves the path out. Roles of this path are linked to services, and bound by no policy of the organisation.
/// Source: IAM User Guide, "IAM identifiers", ARNs of assumed-role sessions.
fn role_with_path<'p>(request: &Request, set: &PolicySet<'p>) -> Option<(&'p str, String)> {
    // A role that is named by its own ARN has the path that stands there.
    let role_arn = match &request.caller {
        Caller::RoleSession { role_arn, session } if session != SOME_SESSION => role_arn,
        _ => return None,
    };
    let arn = Arn::read(role_arn)?;
    let name = arn.resource.strip_prefix("role/").filter(|name| !name.contains('/'))?;
    let with_path = |path: &str| format!("arn:{}:iam::{}:role/{path}{name}", arn.partition, arn.account);
    let texts = set.statements().flat_map(|statement| {
        let principals = statement.principal.iter().flat_map(|element| &element.entries);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        let principals = principals.map(|entry| entry.value.as_str());
        principals.chain(values.map(|value| value.text.as_str()))
    });
    let mut texts = texts.filter(|text| !text.contains("${"));
    let named = texts.find_map(|text| {
        let (path, _) = Arn::read(text)?.resource.strip_prefix("role/")?.rsplit_once('/')?;
        let role = with_path(&format!("{}/", path.replace(['*', '?'], "x")));
        let is_told_apart =
            pattern::matches(text, &role, Case::Sensitive) && !pattern::matches(text, role_arn, Case::Sensitive);
        is_told_apart.then_some((text, role))
    });
    let is_bound = !set.service_control.is_empty() || !set.resource_control.is_empty();
    named.or_else(|| {
        let is_linked = is_bound && name.starts_with("AWSServiceRoleFor");
        is_linked.then(|| {
            (
                "roles linked to services by not binding them",
                with_path("aws-service-role/SERVICE/"),
            )
        })
    })
}
