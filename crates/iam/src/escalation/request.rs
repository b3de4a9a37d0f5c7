//! What a request looks like that serves a step of a method: the resources it is about, and what it says in its parameters. A
//! policy attached that grants nothing, or a role kept under a boundary, raises nobody's privileges.

use super::{Method, Target};
use crate::actions::list;
use crate::arn::Arn;
use crate::document::Version;
use crate::evaluate::{self, Caller, PolicySet, Request};
use crate::example::{self, Effort, Wanted};
use crate::pattern::{self, Token, has_wildcard};

/// The key that holds the policy to be attached. Source: IAM User Guide, "IAM and AWS STS condition context keys".
const ATTACHED: &str = "iam:PolicyARN";
/// The key that holds the boundary of the user or role, or the one to be set. Source: as above.
const BOUNDARY: &str = "iam:PermissionsBoundary";

/// The key of the region whose endpoint is asked. Source: IAM User Guide, "AWS global condition context keys".
const REGION: &str = "aws:RequestedRegion";

/// Roles that a service makes for itself: nobody else takes them or is passed them to use, and what they may do is not changed by others.
/// Source: IAM User Guide, "Create a service-linked role", and "Update a role trust policy".
const SERVICE_LINKED: &str = "role/aws-service-role/*";

/// AWS's policies that make an administrator at once, the most powerful first.
const POWERFUL: [&str; 3] = ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"];

/// Others of AWS's policies that let whoever has them write the policies of any role and take it. As a boundary they limit. Source: AWS Managed
/// Policy Reference, "`AdministratorAccess-Amplify`", statement `CLISDKCalls`. Many more pass some role on or reach into what has one.
const POWERFUL_ATTACHED: [&str; 1] = ["AdministratorAccess-Amplify"];

/// AWS's documents that run whatever commands or scripts one gives them. Source: Systems Manager User Guide, "Running commands from the
/// console", and the descriptions of the documents; others update or configure what their authors chose.
const RUNNING_COMMANDS: [&str; 5] = [
    "AWS-ApplyAnsiblePlaybooks",
    "AWS-RunDocument",
    "AWS-RunPowerShellScript",
    "AWS-RunRemoteScript",
    "AWS-RunShellScript",
];

/// Resources that serve the method, one of each of which the action must be allowed for.
pub(super) fn wanted(action: &str, method: &Method, caller: &Caller, account: &str) -> Vec<Wanted> {
    match action {
        "ssm:SendCommand" => vec![document(method, caller, account), instance(caller, account)],
        "ssm:ResumeSession" => vec![session(caller, account)],
        "sts:AssumeRoot" => vec![root_of_another(caller, account)],
        _ => vec![wanted_alone(action, method, caller, account)],
    }
}

/// A document that runs commands: AWS's, or one that the caller writes. Names that begin like AWS's are not given to others.
/// Source: Systems Manager API Reference, "CreateDocument", `Name`.
fn document(method: &Method, caller: &Caller, account: &str) -> Wanted {
    let prefix = format!("arn:{}:ssm:*", caller.partition());
    let tokens = |rest: &str| pattern::tokens(&format!("{prefix}:{rest}"));
    if method.any.iter().any(|action| action == "ssm:CreateDocument") {
        let reserved = ["AWS*", "aws*", "Amazon*", "amazon*", "Amzn*", "amzn*"];
        return Wanted {
            one_of: vec![tokens(&format!("{account}:document/*"))],
            none_of: reserved
                .iter()
                .map(|name| tokens(&format!("*:document/{name}")))
                .chain([more_than_an_arn(), pattern::tokens("*/")])
                .collect(),
            usual: Vec::new(),
            of_caller: &[],
        };
    }
    let each = RUNNING_COMMANDS.iter();
    Wanted {
        one_of: each.map(|name| tokens(&format!(":document/{name}"))).collect(),
        none_of: vec![more_than_an_arn()],
        usual: Vec::new(),
        of_caller: &[],
    }
}

/// An instance of the account, of EC2 or another machine that Systems Manager looks after.
fn instance(caller: &Caller, account: &str) -> Wanted {
    let kinds = ["ec2:*:ACCOUNT:instance/*", "ssm:*:ACCOUNT:managed-instance/*"];
    let tokens = |kind: &&str| {
        let rest = kind.replace("ACCOUNT", account);
        pattern::tokens(&format!("arn:{}:{rest}", caller.partition()))
    };
    Wanted {
        one_of: kinds.iter().map(tokens).collect(),
        none_of: vec![more_than_an_arn()],
        usual: Vec::new(),
        of_caller: &[],
    }
}

/// A session of somebody else: its id begins with the name of the user, or with that of the role's session, who began it, and policies
/// leave one's own by `${aws:username}` or `${aws:userid}`. Source: Systems Manager User Guide, "Additional sample IAM policies for
/// Session Manager".
fn session(caller: &Caller, account: &str) -> Wanted {
    let prefix = format!("arn:{}:ssm:*:{account}:session/", caller.partition());
    let own = match caller {
        Caller::RoleSession { session, .. } => Some(session.as_str()),
        Caller::User { arn } => arn.rsplit('/').next(),
        _ => None,
    };
    // What `${aws:userid}` stands for in an example.
    let own = own.into_iter().chain(example::ANY_VALUES);
    Wanted {
        one_of: vec![pattern::tokens(&format!("{prefix}?*"))],
        none_of: own
            .map(|name| pattern::tokens(&format!("{prefix}{name}*")))
            .chain([more_than_an_arn()])
            .collect(),
        usual: Vec::new(),
        of_caller: &["aws:userid"],
    }
}

/// The root user of a member account, which is another than the caller's. Source: IAM User Guide, "Perform a privileged task on an AWS
/// Organizations member account".
fn root_of_another(caller: &Caller, account: &str) -> Wanted {
    let root = |account: &str| format!("arn:{}:iam::{account}:root", caller.partition());
    let some_account = if account == "222222222222" {
        "333333333333"
    } else {
        "222222222222"
    };
    Wanted {
        one_of: vec![pattern::tokens(&root(&"?".repeat(12)))],
        none_of: vec![pattern::tokens(&root(account)), more_than_an_arn()],
        usual: vec![root(some_account)],
        of_caller: &[],
    }
}

/// Whether the action does nothing for somebody whom these policies deny nothing: of a group others may be members, so that its policies
/// are looked after for many reasons. `iam:DeletePolicyVersion` is none of these, as a version in force is not deleted.
/// Source: IAM API Reference, "`DeletePolicyVersion`".
pub(super) fn is_in_vain(action: &str, policies: &PolicySet<'_>) -> bool {
    const REMOVING: [&str; 3] = [
        "iam:DeleteGroupPolicy",
        "iam:DetachGroupPolicy",
        "iam:RemoveUserFromGroup",
    ];
    let mut own = policies.identity.iter();
    REMOVING.contains(&action) && !own.any(|named| named.policy.denies().next().is_some())
}

/// Documents and instances have no colon in their names: a wildcard of a policy that reaches over one would make either of the other.
fn more_than_an_arn() -> Vec<Token> {
    pattern::tokens("*:*:*:*:*:*:*")
}

/// Resources of one kind: patterns that must match, and the caller's own name where it must not.
fn wanted_alone(action: &str, method: &Method, caller: &Caller, account: &str) -> Wanted {
    let Some(kind) = kind_of(action) else {
        return resource_of(action, caller.partition(), account);
    };
    let own = caller.principal_arn().unwrap_or_default();
    let own = Arn::read(&own).map_or("", |arn| arn.resource);
    let prefix = format!("arn:{}:iam::{account}", caller.partition());
    let tokens = |resource: &str| pattern::tokens(&format!("{prefix}:{resource}"));
    // A name holds no colon, and a path that does is nobody's: without this a wildcard of a policy takes in other resource types and
    // puts anything before a name. An empty part of a path is nobody's either, nor an empty name.
    let mut wanted = Wanted {
        one_of: vec![tokens(&format!("{kind}/*"))],
        none_of: vec![tokens("*:*"), tokens("*//*"), tokens("*/"), tokens(SERVICE_LINKED)],
        usual: vec![format!("{prefix}:{kind}/{}", example::USUAL_NAME)],
        of_caller: &[],
    };
    let is_own_kind = own.split('/').next() == Some(kind);
    match method.target {
        Target::Principal | Target::Role => {
            // Names are unique in an account, whatever the path.
            if let Some(name) = own.rsplit('/').next().filter(|_| is_own_kind) {
                wanted.none_of.push(tokens(&format!("{kind}/{name}")));
                wanted.none_of.push(tokens(&format!("{kind}/*/{name}")));
            }
        }
        // Oneself, where the action names a user or role of the caller's kind; groups and policies are taken as attached.
        Target::Own if is_own_kind => {
            wanted.one_of = vec![tokens(own)];
            wanted.usual = vec![format!("{prefix}:{own}")];
        }
        Target::Own => {}
    }
    wanted
}

/// What an action of IAM or STS is about.
pub(super) fn kind_of(action: &str) -> Option<&'static str> {
    Some(match action.split_once(':')? {
        ("sts", "AssumeRoot") => "root",
        ("iam", "PassRole") | ("sts", _) => "role",
        ("iam", "CreatePolicyVersion" | "SetDefaultPolicyVersion") => "policy",
        ("iam", "AddRoleToInstanceProfile") => "instance-profile",
        ("iam", name) if name.ends_with("SAMLProvider") => "saml-provider",
        ("iam", name) if name.contains("OpenIDConnectProvider") => "oidc-provider",
        ("iam", name) if name.contains("Group") => "group",
        ("iam", name) if name.contains("Role") => "role",
        ("iam", _) => "user",
        _ => return None,
    })
}

/// Resource types of which one has to be allowed, whatever else is: a session is on a machine or in a task, whichever document it runs, and
/// what is started is an instance, whatever image it is of. Source: Service Authorization Reference, "Actions defined by AWS Systems
/// Manager", `StartSession`, and "Actions defined by Amazon EC2", `RunInstances`.
const DECIDING_TYPES: [(&str, &[&str]); 2] = [
    ("ssm:StartSession", &["instance", "managed-instance", "task"]),
    ("ec2:RunInstances", &["instance"]),
];

/// A resource of the account of one of the types that the action has; any, where it has none or its types are not all known.
fn resource_of(action: &str, partition: &str, account: &str) -> Wanted {
    let types = list().find(action).and_then(|info| {
        let service = list()
            .services()
            .iter()
            .find(|service| service.prefix == info.service)?;
        let deciding = DECIDING_TYPES.iter().find(|(name, _)| *name == action);
        let names = deciding.map_or(info.resource_types.as_slice(), |(_, names)| names);
        let arn = |name: &&str| Some(service.resource_types.iter().find(|known| known.name == *name)?.arn);
        names.iter().map(arn).collect::<Option<Vec<&str>>>()
    });
    let Some(types) = types.filter(|types| !types.is_empty()) else {
        return Wanted::anything();
    };
    let region = match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    let filled = |arn: &&str, region: &str, name: &str| {
        let mut filled = String::new();
        for part in arn.split("${") {
            let (variable, rest) = part.split_once('}').unwrap_or(("", part));
            filled.push_str(match variable {
                "" => "",
                "Partition" => partition,
                "Account" => account,
                "Region" => region,
                _ => name,
            });
            filled.push_str(rest);
        }
        filled
    };
    // A name has no colon, but one before a version or an alias where it stands behind one itself (`function:name:alias`): with more, a
    // wildcard of a policy has taken in another type or account.
    let colons = |arn: &&str| arn.matches(':').count() + usize::from(!arn.contains('/'));
    let most = types.iter().map(colons).max().unwrap_or_default();
    let too_many = format!("*{}", ":*".repeat(most + 1));
    Wanted {
        one_of: types
            .iter()
            .map(|arn| pattern::tokens(&filled(arn, "?*", "?*")))
            .collect(),
        none_of: vec![pattern::tokens(&too_many)],
        usual: types
            .iter()
            .map(|arn| filled(arn, region, example::USUAL_NAME))
            .collect(),
        of_caller: &[],
    }
}

/// Requests for a step, without resource: one for each choice of parameters that makes it an escalation.
pub(super) fn probes(
    action: &str,
    method: &Method,
    caller: &Caller,
    policies: &PolicySet<'_>,
    effort: &Effort,
) -> Vec<Request> {
    let mut probe = Request::new(caller.clone(), action, "");
    let with_each = |probe: &Request, key: &str, values: Vec<String>| -> Vec<Request> {
        let each = values.into_iter().map(|value| probe.clone().with(key, value));
        each.collect()
    };
    if action == "iam:PassRole" {
        let services = passed_to(method, caller.partition());
        return if services.is_empty() {
            vec![probe]
        } else {
            with_each(&probe, "iam:PassedToService", services)
        };
    }
    if let Some(region) = only_region(action, caller.partition())
        && is_asked_for(REGION, action, policies)
    {
        probe.context.set(REGION, region);
    }
    if action == "sts:AssumeRoot" {
        // Other tasks take something away, or only look.
        let task = format!(
            "arn:{}:iam::aws:policy/root-task/IAMCreateRootUserPassword",
            caller.partition()
        );
        return with_each(&probe, "sts:TaskPolicyArn", vec![task]);
    }
    if let Some(key) = profile_key(action, method)
        && is_asked_for(key, action, policies)
    {
        return with_each(&probe, key, profiles((key, action), caller, policies, effort));
    }
    let has = |key: &str| {
        list()
            .find(action)
            .is_some_and(|info| info.condition_keys.contains(&key))
    };
    if has(BOUNDARY) {
        if action.starts_with("iam:Put") && action.ends_with("PermissionsBoundary") {
            return with_each(&probe, BOUNDARY, powerful((BOUNDARY, action), caller, policies, effort));
        }
        let removes_it = action.starts_with("iam:Delete") && action.ends_with("PermissionsBoundary");
        let is_about_bounded_self = method.target == Target::Own && policies.boundary.is_some();
        if !removes_it && !is_about_bounded_self {
            probe.context.set_absent(BOUNDARY);
        }
    }
    // What is detached need not be powerful: it is what denies.
    if has(ATTACHED) && !action.starts_with("iam:Detach") {
        return with_each(&probe, ATTACHED, powerful((ATTACHED, action), caller, policies, effort));
    }
    vec![probe]
}

/// The region of the only endpoint that takes a request, where there is one. A role is passed in a request to another service, so that its
/// region may be any. Sources: IAM User Guide, "AWS: Denies access to AWS based on the requested Region"; AWS General Reference, "AWS
/// Identity and Access Management endpoints and quotas"; China and `GovCloud` user guides, "Endpoints".
fn only_region(action: &str, partition: &str) -> Option<&'static str> {
    let is_of_iam = action.starts_with("iam:") && action != "iam:PassRole";
    let region = match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => return None,
    };
    is_of_iam.then_some(region)
}

/// The key that holds the instance profile by which a role gets to an instance: what is started without one has no role.
/// Source: Service Authorization Reference, "Actions defined by Amazon EC2".
fn profile_key(action: &str, method: &Method) -> Option<&'static str> {
    let key = match action {
        "ec2:RunInstances" => "ec2:InstanceProfile",
        "ec2:AssociateIamInstanceProfile" | "ec2:ReplaceIamInstanceProfileAssociation" => "ec2:NewInstanceProfile",
        _ => return None,
    };
    method.all.iter().any(|needed| needed == "iam:PassRole").then_some(key)
}

/// Instance profiles of the account, one of each kind that conditions tell apart.
fn profiles((key, action): (&str, &str), caller: &Caller, policies: &PolicySet<'_>, effort: &Effort) -> Vec<String> {
    let account = caller.account().unwrap_or_default();
    let own = format!("arn:{}:iam::{account}:instance-profile/", caller.partition());
    let about = policies
        .statements()
        .filter(|statement| evaluate::action_matches(&statement.action, action));
    let mut tracked: Vec<Vec<Token>> = Vec::new();
    for statement in about {
        let conditions = statement.conditions.iter();
        for value in conditions
            .filter(|on| on.key.eq_ignore_ascii_case(key))
            .flat_map(|on| &on.values)
        {
            let with_wildcards = evaluate::without_variables(&value.text);
            tracked.push(pattern::tokens(&with_wildcards));
        }
    }
    tracked.sort_unstable();
    tracked.dedup();
    let no_name = ["*/", "*//*", "*:*:*:*:*:*:*"].map(pattern::tokens);
    let mut found = vec![format!("{own}{}", example::USUAL_NAME)];
    found.extend(effort.texts(&[vec![pattern::tokens(&format!("{own}?*"))]], &no_name, &tracked));
    found
}

/// Whether a statement about the action has the key, in a condition or as a variable.
fn is_asked_for(key: &str, action: &str, policies: &PolicySet<'_>) -> bool {
    let has = |text: &str, version: Version| {
        evaluate::has_variable(text, version) && evaluate::variables(text).any(|own| own.eq_ignore_ascii_case(key))
    };
    policies.statements().any(|statement| {
        let conditions = &statement.conditions;
        let mut texts = statement.texts_with_variables();
        let is_there = conditions
            .iter()
            .any(|condition| condition.key.eq_ignore_ascii_case(key))
            || texts.any(|text| has(&text.text, statement.version));
        is_there && evaluate::action_matches(&statement.action, action)
    })
}

/// Managed policies that make an administrator: AWS's own, and those of the account that a condition leaves open by a wildcard. What
/// a condition names in full was chosen by somebody, so that it is a delegation and no way.
fn powerful((key, action): (&str, &str), caller: &Caller, policies: &PolicySet<'_>, effort: &Effort) -> Vec<String> {
    let partition = caller.partition();
    let account = caller.account().unwrap_or_default();
    let own = format!("arn:{partition}:iam::{account}:policy/");
    let statements = policies.statements().filter(|statement| {
        statement.conditions.iter().any(|on| on.key.eq_ignore_ascii_case(key))
            && evaluate::action_matches(&statement.action, action)
    });
    let conditions = statements.flat_map(|statement| &statement.conditions);
    let values = conditions
        .filter(|condition| condition.key.eq_ignore_ascii_case(key))
        .flat_map(|condition| &condition.values);
    let (open, named): (Vec<&str>, Vec<&str>) = values
        .map(|value| value.text.as_str())
        .partition(|text| has_wildcard(text));
    let others: &[&str] = if key == ATTACHED { &POWERFUL_ATTACHED } else { &[] };
    let mut found: Vec<String> = POWERFUL
        .iter()
        .chain(others)
        .map(|name| format!("arn:{partition}:iam::aws:policy/{name}"))
        .collect();
    found.push(format!("{own}witness"));
    if !open.is_empty() {
        let mut others: Vec<Vec<Token>> = named.into_iter().map(pattern::tokens).collect();
        others.extend(["*/", "*//*", "*:*:*:*:*:*:*"].map(pattern::tokens));
        let mut open: Vec<Vec<Token>> = open.into_iter().map(pattern::tokens).collect();
        open.sort_unstable();
        open.dedup();
        let any = vec![pattern::tokens(&format!("{own}?*"))];
        found.extend(effort.texts(&[any], &others, &open));
    }
    found
}

/// The service principals to which the service of a method passes a role.
fn passed_to(method: &Method, partition: &str) -> Vec<String> {
    let service = method
        .all
        .iter()
        .chain(&method.any)
        .filter_map(|action| action.split(':').next())
        .find(|service| !matches!(*service, "iam" | "sts"));
    // Roles in instance profiles are passed to instances, whichever service puts them there.
    let is_in_profile = method.all.iter().any(|action| action == "iam:AddRoleToInstanceProfile");
    let Some(service) = service.or(is_in_profile.then_some("ec2")) else {
        return Vec::new();
    };
    // Where a service has several names for itself, each is tried: roles for pods, role aliases and environments are taken by another
    // principal than the service's own.
    let names: &[&str] = match service {
        "ecs" | "batch" => &["ecs-tasks"],
        "autoscaling" | "elasticbeanstalk" | "imagebuilder" => &["ec2"],
        "apprunner" => &["tasks.apprunner"],
        "eks" => &["eks", "pods.eks"],
        "iot" => &["iot", "credentials.iot"],
        "airflow" => &["airflow", "airflow-env"],
        // Canaries are functions. Source: CloudWatch User Guide, "Required roles and permissions for canaries".
        "synthetics" => &["lambda", "synthetics"],
        other => &[other],
    };
    let mut found: Vec<String> = names.iter().map(|name| format!("{name}.amazonaws.com")).collect();
    // In China some services are called by the suffix of that partition and some are not: either is tried.
    if partition == "aws-cn" {
        found.splice(0..0, names.iter().map(|name| format!("{name}.amazonaws.com.cn")));
    }
    found
}
