//! What an identity can do, and how it may raise its privileges, against the evaluator.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::Policy;
use security_monkey_iam::actions::list;
use security_monkey_iam::document::{Effect, Polarity, Text};
use security_monkey_iam::effective::{effective, example};
use security_monkey_iam::escalation::{Target, escalations, methods};
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, evaluate};
use security_monkey_iam::pattern::{self, Case};

use super::aim::{Asked, Dice, aimed};
use super::generate::{conditions, policies_of, policy_of};
use super::lists::{self, Size, Values, list_of, list_sized, pick};
use super::{arns, config};

const ACCOUNT: &str = "111111111111";

/// The documents of one identity.
#[derive(Debug, Clone)]
struct Documents {
    identity: Vec<String>,
    boundary: Option<String>,
    session: Option<String>,
    service_control: Vec<String>,
    caller: Caller,
}

/// The same, read.
struct Policies {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Policy>,
    service_control: Vec<Policy>,
}

impl Policies {
    fn read(documents: &Documents) -> Self {
        let read = |document: &String| Policy::parse(document).unwrap();
        Self {
            identity: documents.identity.iter().map(read).collect(),
            boundary: documents.boundary.as_ref().map(read),
            session: documents.session.as_ref().map(read),
            service_control: documents.service_control.iter().map(read).collect(),
        }
    }

    fn set(&self) -> PolicySet<'_> {
        let named = |policy| NamedPolicy { name: "p", policy };
        PolicySet {
            identity: self.identity.iter().map(named).collect(),
            boundary: self.boundary.as_ref().map(named),
            session: self.session.as_ref().map(|policy| vec![named(policy)]),
            service_control: self.service_control.iter().map(|policy| vec![named(policy)]).collect(),
            ..PolicySet::default()
        }
    }
}

fn condition() -> impl Strategy<Value = (String, String)> {
    let entry = |operator: String, key: &str, list: String| (operator, format!(r#""{key}": {list}"#));
    prop_oneof![
        (
            pick(&["IpAddress", "NotIpAddress", "IpAddressIfExists"]),
            list_of(&["203.0.113.0/24", "10.0.0.0/8", "0.0.0.0/1"], 2)
        )
            .prop_map(move |(operator, list)| entry(operator, "aws:SourceIp", list)),
        (
            pick(&["Bool", "BoolIfExists"]),
            pick(&["aws:MultiFactorAuthPresent", "aws:ViaAWSService"]),
            list_of(&["true", "false"], 1)
        )
            .prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        (
            pick(&["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists"]),
            pick(&["aws:RequestedRegion", "aws:PrincipalTag/team"]),
            list_of(&["eu-west-1", "us-*", "security"], 2)
        )
            .prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        (
            pick(&["StringEquals", "StringLike", "StringNotLike"]),
            list_of(&["lambda.amazonaws.com", "ec2.amazonaws.com", "*.amazonaws.com"], 2)
        )
            .prop_map(move |(operator, list)| entry(operator, "iam:PassedToService", list)),
        (
            pick(&["ArnLike", "ArnNotLike"]),
            list_of(&["arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:role/app"], 1)
        )
            .prop_map(move |(operator, list)| entry(operator, "aws:PrincipalArn", list)),
        (
            pick(&["aws:TokenIssueTime", "aws:SourceVpc"]),
            list_of(&["true", "false"], 1)
        )
            .prop_map(move |(key, list)| entry("Null".to_owned(), &key, list)),
    ]
}

fn resource_of_iam(number: usize) -> String {
    let kind = ["user", "role", "group", "policy"][number % 4];
    let end = if number.is_multiple_of(3) { "*" } else { "" };
    format!("arn:aws:iam::111111111111:{kind}/team{number}{end}")
}

fn statement(size: Size) -> impl Strategy<Value = String> {
    let effect = prop_oneof![4 => Just("Allow"), 1 => Just("Deny")];
    let action = prop_oneof![
        6 => list_sized(Values { many: lists::iam_action, few: &[
            "s3:GetObject", "s3:*", "s3:Get*", "*", "iam:*", "iam:PassRole", "iam:Create*", "iam:*Policy*", "iam:Attach*", "lambda:*",
            "lambda:CreateFunction", "lambda:Invoke*", "ec2:RunInstances", "ec2:*", "sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "kms:Decrypt",
        ] }, 3, size).prop_map(|list| format!(r#""Action": {list}"#)),
        1 => list_sized(Values { few: &["s3:GetObject", "iam:*", "iam:Create*", "lambda:*"], many: lists::iam_action }, 2, size).prop_map(|list| format!(r#""NotAction": {list}"#)),
    ];
    let resource = prop_oneof![
        4 => list_sized(Values { many: resource_of_iam, few: &[
            "*", "*", "arn:aws:s3:::records/*", "arn:aws:iam::111111111111:*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111111111111:role/app*",
            "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*", "arn:aws:lambda:*:111111111111:function:*",
         ] }, 2, size).prop_map(|list| format!(r#""Resource": {list}"#)),
        2 => arns::patterns(2).prop_map(|list| format!(r#""Resource": {list}"#)),
        1 => arns::patterns(2).prop_map(|list| format!(r#""NotResource": {list}"#)),
        1 => list_sized(Values { few: &["arn:aws:s3:::records/*", "arn:aws:iam::*:role/app", "arn:aws:iam::111111111111:user/alice"], many: resource_of_iam }, 2, size)
            .prop_map(|list| format!(r#""NotResource": {list}"#)),
    ];
    let conditions = prop_oneof![2 => Just("{}".to_owned()), 1 => conditions(condition().boxed())];
    (effect, action, resource, conditions).prop_map(|(effect, action, resource, conditions)| {
        format!(r#"{{"Effect": "{effect}", {action}, {resource}, "Condition": {conditions}}}"#)
    })
}

const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

pub(super) fn document() -> impl Strategy<Value = String> {
    policies_of(|size| statement(size).boxed())
}

/// Mostly with short lists in all of them: an identity has several.
fn documents() -> impl Strategy<Value = Documents> {
    prop_oneof![
        9 => documents_of(|| policy_of(statement(Size::Small).boxed(), 1..=3).boxed()),
        1 => documents_of(|| document().boxed()),
    ]
}

fn documents_of(policy: impl Fn() -> BoxedStrategy<String>) -> impl Strategy<Value = Documents> {
    let bounding = || prop_oneof![Just(EVERYTHING.to_owned()), policy()];
    let caller = prop_oneof![
        Just(Caller::User {
            arn: format!("arn:aws:iam::{ACCOUNT}:user/alice")
        }),
        Just(Caller::RoleSession {
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/app"),
            session: "s".to_owned()
        }),
    ];
    (
        prop::collection::vec(policy(), 1..4),
        prop::option::weighted(0.3, bounding()),
        prop::option::weighted(0.2, bounding()),
        prop::collection::vec(bounding(), 0..3),
        caller,
    )
        .prop_map(|(identity, boundary, session, service_control, caller)| Documents {
            identity,
            boundary,
            session,
            service_control,
            caller,
        })
}

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::records/x",
    "arn:aws:s3:::other/x",
    "arn:aws:iam::111111111111:user/alice",
    "arn:aws:iam::111111111111:user/bob",
    "arn:aws:iam::111111111111:role/app",
    "arn:aws:iam::111111111111:role/admin",
    "arn:aws:iam::111111111111:group/staff",
    "arn:aws:iam::111111111111:policy/mine",
    "arn:aws:lambda:eu-west-1:111111111111:function:f",
];

/// What is around a request: address, MFA, region and so on.
fn surroundings() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let one = |key: &'static str, values: &'static [&'static str]| {
        prop::option::of(pick(values)).prop_map(move |value| value.map(|value| (key, value)))
    };
    (
        one("aws:SourceIp", &["203.0.113.9", "10.1.1.1", "198.51.100.7"]),
        one("aws:MultiFactorAuthPresent", &["true", "false"]),
        one("aws:ViaAWSService", &["true", "false"]),
        one("aws:RequestedRegion", &["eu-west-1", "us-east-1"]),
        one("aws:PrincipalTag/team", &["security", "sales"]),
        one("aws:TokenIssueTime", &["2026-01-01T00:00:00Z"]),
    )
        .prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f].into_iter().flatten().collect())
}

fn request(caller: &Caller, action: &str, resource: &str, surroundings: &[(&'static str, String)]) -> Request {
    let mut request = Request::new(caller.clone(), action, resource).owned_by(ACCOUNT);
    for (key, value) in surroundings {
        request.context.set(key, value.clone());
    }
    // Every request has these.
    let region = resource
        .split(':')
        .nth(3)
        .filter(|region| !region.is_empty())
        .unwrap_or("us-east-1");
    for (key, value) in [("aws:ViaAWSService", "false"), ("aws:RequestedRegion", region)] {
        if request.context.get(key).is_none() {
            request.context.set(key, value);
        }
    }
    request
}

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "iam:PassRole",
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:AttachUserPolicy",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "ec2:RunInstances",
    "sts:AssumeRole",
    "kms:Decrypt",
    "sqs:SendMessage",
];

/// What identities ask for.
pub(super) const OF_IDENTITY: Asked<'_> = Asked {
    actions: ACTIONS,
    resource: "arn:aws:",
};

type Questions = Vec<(String, String, Vec<(&'static str, String)>, u64)>;

fn questions() -> impl Strategy<Value = Questions> {
    prop::collection::vec((pick(ACTIONS), pick(RESOURCES), surroundings(), any::<u64>()), 40)
}

/// Requests of the caller, aimed at one of the policies each.
fn requests_of(caller: &Caller, policies: &Policies, questions: &Questions) -> Vec<Request> {
    let all: Vec<&Policy> = policies
        .identity
        .iter()
        .chain(&policies.boundary)
        .chain(&policies.service_control)
        .collect();
    let asked = questions.iter().map(|(action, resource, surroundings, seed)| {
        let at = usize::try_from(seed % all.len() as u64).unwrap();
        let request = request(caller, action, resource, surroundings);
        let mut request = aimed(request, all[at], OF_IDENTITY, &mut Dice::new(*seed));
        request.caller.clone_from(caller);
        request
    });
    asked.collect()
}

/// A request of the account's user or role.
pub(super) fn any_request() -> impl Strategy<Value = Request> {
    let caller = prop_oneof![
        pick(&["alice", "bob"]).prop_map(|name| Caller::User {
            arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}")
        }),
        Just(Caller::RoleSession {
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/app"),
            session: "s".to_owned()
        }),
    ];
    (caller, pick(ACTIONS), pick(RESOURCES), surroundings())
        .prop_map(|(caller, action, resource, around)| request(&caller, &action, &resource, &around))
}

/// Whether a resource serves a step of a method, said independently of the search: the kind of resource that the action is about,
/// and not oneself where the method is about others, or only oneself where it is about oneself.
fn serves(action: &str, target: Target, caller: &Caller, resource: &str) -> bool {
    let own = caller.principal_arn().unwrap();
    let is = |kind: &str| resource.starts_with(&format!("arn:aws:iam::{ACCOUNT}:{kind}/"));
    // Documents and instances, of which there are none among the resources asked for.
    if action == "ssm:SendCommand" {
        return resource.contains(":document/") || resource.contains("instance/");
    }
    // The root user of another account likewise.
    if action == "sts:AssumeRoot" {
        return resource.ends_with(":root") && !resource.contains(ACCOUNT);
    }
    // Sessions likewise.
    if action == "ssm:ResumeSession" {
        return resource.contains(":session/");
    }
    let Some(name) = action.strip_prefix("iam:").or_else(|| action.strip_prefix("sts:")) else {
        return is_of_a_type(action, resource);
    };
    let fits = match name {
        "PassRole" => is("role"),
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => is("policy"),
        "AddRoleToInstanceProfile" => is("instance-profile"),
        _ if name.ends_with("SAMLProvider") => is("saml-provider"),
        _ if name.contains("OpenIDConnectProvider") => is("oidc-provider"),
        _ if name.contains("Group") => is("group"),
        _ if name.contains("Role") || action.starts_with("sts:") => is("role"),
        _ => is("user"),
    };
    let is_own_kind = own.contains(":user/") && is("user") || own.contains(":role/") && is("role");
    // A step for a role that a method passes on or takes is about another one.
    match target {
        Target::Own if is_own_kind && name != "PassRole" => fits && resource == own,
        Target::Own => fits,
        Target::Principal | Target::Role => fits && resource != own,
    }
}

/// Whether the resource is of a type that AWS publishes for the action and that decides, if there are any.
fn is_of_a_type(action: &str, resource: &str) -> bool {
    let Some(info) = list().find(action).filter(|info| !info.resource_types.is_empty()) else {
        return true;
    };
    let decides = |name: &&&str| match action {
        "ec2:RunInstances" => **name == "instance",
        "ssm:StartSession" => **name != "document",
        _ => true,
    };
    let service = list().service(info.service).unwrap();
    info.resource_types.iter().filter(decides).any(|name| {
        let known = service.resource_types.iter().find(|known| known.name == *name).unwrap();
        let parts = known.arn.replace("${Account}", ACCOUNT).replace("${Partition}", "aws");
        let parts = parts
            .split("${")
            .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        pattern::matches(&parts.collect::<Vec<_>>().join("?*"), resource, Case::Sensitive)
    })
}

/// Whether the policies are so plain that what is left of an action is allowed on something: no conditions, no Deny, one layer.
fn are_plain(policies: &Policies) -> bool {
    let all = policies.identity.iter();
    let mut statements = all.flat_map(|policy| &policy.statements);
    policies.boundary.is_none()
        && policies.session.is_none()
        && policies.service_control.is_empty()
        && statements.all(|statement| {
            // A role has none of what variables stand for.
            let has_variable = statement
                .resource
                .as_ref()
                .is_some_and(|element| element.patterns.iter().any(|pattern| pattern.text.contains("${")));
            statement.conditions.is_empty() && statement.effect == Effect::Allow && !has_variable
        })
}

/// Whether a policy of the identity denies the action on everything, whatever the conditions.
fn is_denied_outright(policies: &Policies, action: &str) -> bool {
    let mut statements = policies.identity.iter().flat_map(|policy| &policy.statements);
    statements.any(|statement| {
        let everything = |pattern: &Text| pattern.text == "*";
        let named = |pattern: &Text| pattern::matches(&pattern.text, action, Case::Insensitive);
        statement.effect == Effect::Deny
            && statement.conditions.is_empty()
            && statement.action.polarity == Polarity::Is
            && statement.action.patterns.iter().any(named)
            && statement
                .resource
                .as_ref()
                .is_some_and(|element| element.polarity == Polarity::Is && element.patterns.iter().any(everything))
    })
}

/// Whether the action can be about the resource: nobody asks for an object that is a role.
fn is_about_its_resource(request: &Request) -> bool {
    let statement = serde_json::json!({"Effect": "Allow", "Action": request.action, "Resource": request.resource});
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": statement});
    let policy = Policy::from_value(&document).unwrap();
    let identity = vec![NamedPolicy {
        name: "p",
        policy: &policy,
    }];
    let set = PolicySet {
        identity,
        ..PolicySet::default()
    };
    effective(&set).allows(&request.action) != Some(false)
}

/// What is allowed is among the effective actions, and found with an example; what is called unlimited is always allowed; each
/// example is allowed; and for each effective action of plain policies there is one.
fn effective_is_right(
    documents: &Documents,
    questions: &Questions,
    (asked, let_in, plain): (&Cell<u32>, &Cell<u32>, &Cell<u32>),
) -> Result<(), TestCaseError> {
    let add = |counter: &Cell<u32>| counter.set(counter.get() + 1);
    let policies = Policies::read(documents);
    let set = policies.set();
    let permissions = effective(&set);
    let mut requests = requests_of(&documents.caller, &policies, questions);
    requests.retain(is_about_its_resource);
    for request in &requests {
        let decision = evaluate(request, &set);
        add(asked);
        if decision.is_allowed() {
            add(let_in);
            prop_assert_eq!(
                permissions.allows(&request.action),
                Some(true),
                "{} is allowed",
                request
            );
        }
        if permissions.allows_without_limit(&request.action) == Some(true) {
            prop_assert!(decision.is_allowed(), "{} is {}", request, decision);
        }
    }
    for action in ACTIONS {
        if let Some((request, by)) = example(action, &documents.caller, &set) {
            prop_assert!(evaluate(&request, &set).is_allowed() && !by.is_empty(), "{}", request);
            prop_assert_eq!(permissions.allows(action), Some(true), "{} is allowed", request);
            continue;
        }
        if is_denied_outright(&policies, action) {
            add(plain);
            prop_assert!(
                permissions.allows(action) != Some(true),
                "{action} is denied: {documents:?}"
            );
        }
        if are_plain(&policies) {
            add(plain);
            prop_assert!(
                permissions.allows(action) != Some(true),
                "no example of {action}: {documents:?}"
            );
        }
        for request in requests.iter().filter(|request| request.action == *action) {
            prop_assert!(
                !evaluate(request, &set).is_allowed(),
                "no example for {}, but {} is allowed",
                action,
                request
            );
        }
    }
    Ok(())
}

#[test]
fn effective_permissions_are_those_of_the_evaluator() {
    let (asked, let_in, plain) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let checked = TestRunner::new(config(50)).run(&(documents(), questions()), |(documents, questions)| {
        effective_is_right(&documents, &questions, (&asked, &let_in, &plain))
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    let (asked, let_in, plain) = (asked.get(), let_in.get(), plain.get());
    println!("{let_in} of {asked} allowed, {plain} plain");
    assert!(
        let_in * 100 >= 15 * asked && plain > 10,
        "{let_in} of {asked} allowed, {plain} plain"
    );
}

proptest! {
    #![proptest_config(config(20))]

    /// A method is reported if the evaluator allows each of its steps on a resource that serves it, and only then; or not all are said to be.
    #[test]
    fn escalations_are_those_of_the_evaluator(documents in documents(), around in prop::collection::vec(surroundings(), 4)) {
        let policies = Policies::read(&documents);
        let set = policies.set();
        let ways = escalations(&documents.caller, &set);
        let found = ways.found;
        for escalation in &found {
            let method = escalation.method;
            let actions: Vec<&String> = escalation.steps.iter().map(|step| &step.action).collect();
            prop_assert!(method.all.iter().all(|action| actions.contains(&action)));
            prop_assert!(method.any.is_empty() || method.any.iter().any(|action| actions.contains(&action)));
            for step in &escalation.steps {
                prop_assert!(evaluate(&step.witness, &set).is_allowed(), "{}: {}", method.id, step.witness);
                prop_assert_eq!(&step.witness.action, &step.action);
                prop_assert!(serves(&step.action, method.target, &documents.caller, &step.witness.resource), "{}: {}", method.id, step.witness);
            }
        }
        let permissions = effective(&set);
        for method in methods() {
            if found.iter().any(|escalation| escalation.method.id == method.id) {
                continue;
            }
            // Who leaves a group without being denied anything gains nothing.
            let is_in_vain = method.id.contains("-group") && method.title.contains("den")
                && !policies.identity.iter().any(|policy| policy.denies().next().is_some());
            // The same surroundings for all steps: whoever asks has the same tags in each.
            let allowed = |action: &String, around: &_| {
                permissions.allows(action) == Some(true)
                    && RESOURCES.iter().filter(|resource| serves(action, method.target, &documents.caller, resource)).any(|resource| {
                            let mut request = request(&documents.caller, action, resource, around);
                            if action.starts_with("iam:") && action != "iam:PassRole" {
                                // IAM has one endpoint.
                                request.context.set("aws:RequestedRegion", "us-east-1");
                            }
                            if action == "iam:PassRole" {
                                let service = method.all.iter().chain(&method.any).filter_map(|action| action.split(':').next()).find(|service| !matches!(*service, "iam" | "sts"));
                                // Who takes the role is not always the service that is asked.
                                let taking = service.map(|service| match service {
                                    "autoscaling" | "elasticbeanstalk" | "imagebuilder" => "ec2",
                                    "ecs" | "batch" => "ecs-tasks",
                                    "apprunner" => "tasks.apprunner",
                                    other => other,
                                });
                                if let Some(taking) = taking {
                                    request.context.set("iam:PassedToService", format!("{taking}.amazonaws.com"));
                                }
                            }
                            evaluate(&request, &set).is_allowed()
                    })
            };
            let works = around.iter().any(|around| {
                let allowed = |action| allowed(action, around);
                method.all.iter().all(allowed) && (method.any.is_empty() || method.any.iter().any(allowed))
            });
            prop_assert!(!works || is_in_vain || !ways.is_complete, "{} is not reported, but every step is allowed", method.id);
        }
    }
}
