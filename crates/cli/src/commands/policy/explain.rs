//! `policy explain`: gathers the policy and what stands around it from flags and files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use schemars::JsonSchema;
use security_monkey_iam::AccountDirectory;
use security_monkey_iam::actions::expand_element;
use security_monkey_iam::arn::{Arn, is_account_id};
use security_monkey_iam::document::{Element, Policy as Document};
use security_monkey_iam::evaluate::Caller;
use security_monkey_iam::explain::{
    Explanation, Kind, Paper, Question, Ruling, SharingList, Surroundings, explain, rule,
};
use security_monkey_iam::parse::{PolicyKind, SizeLimit};
use security_monkey_model::{Clock as _, SystemClock};
use serde::Serialize;
use serde_json::Value;

use super::{name, only_one_is_stdin, parsed, print, text_of};
use crate::arguments::{Explain, Request};

/// About a document, or, with `--action`, about one request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Answer {
    Explanation(Explanation),
    Ruling(Ruling),
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explanation(explanation) => explanation.fmt(formatter),
            Self::Ruling(ruling) => ruling.fmt(formatter),
        }
    }
}

pub(super) fn run(arguments: &Explain) -> anyhow::Result<()> {
    print(&answer(arguments)?, arguments.json)
}

fn answer(arguments: &Explain) -> anyhow::Result<Answer> {
    only_one_is_stdin(documents(arguments))?;
    let around = surroundings(arguments)?;
    let text = text_of(&arguments.file)?;
    if let Some(sharing) = SharingList::read(&text) {
        if arguments.request.action.is_some() {
            bail!(
                "{} is a list of sharing, which decides no request by itself",
                name(&arguments.file)
            );
        }
        return Ok(Answer::Explanation(sharing.explain(&around)));
    }
    let kind = around.kind.map_or_else(Default::default, Kind::for_reader);
    let limit = size_limit(around.kind.or_else(|| guess(&text, &around)));
    let paper = paper_of(&arguments.file, text, kind, limit)?;
    let Some(action) = arguments.request.action.as_deref() else {
        return Ok(Answer::Explanation(explain(&paper, &around)));
    };
    if !action.contains(':') {
        bail!("an action is written service:Name, like s3:GetObject, not {action:?}");
    }
    let question = Question {
        principal: principal(&arguments.request)?,
        action,
        context: &context(&arguments.request)?,
        now_epoch_seconds: Some(present(arguments)),
    };
    let mut ruling = rule(&question, &paper, &around);
    if around.resource.is_none() && names_resources_for(action, &paper.policy) {
        ruling.notes.push(format!(
            "no resource was given and the policy names some for {action}; the request is for *: --resource asks for another"
        ));
    }
    Ok(Answer::Ruling(ruling))
}

/// In seconds since 1970.
fn present(arguments: &Explain) -> i64 {
    arguments.as_of.unwrap_or_else(|| SystemClock.now()).as_micros() / 1_000_000
}

/// Whether the answer for this action can depend on the resource by what the policy itself says.
fn names_resources_for(action: &str, policy: &Document) -> bool {
    policy.statements.iter().any(|statement| {
        let is_some = |resource: &Element| resource.patterns.iter().any(|pattern| pattern.text != "*");
        let is_meant = |published: &String| published.eq_ignore_ascii_case(action);
        statement.resource.as_ref().is_some_and(is_some)
            && expand_element(&statement.action).actions.iter().any(is_meant)
    })
}

/// Every document that is named.
fn documents(arguments: &Explain) -> impl Iterator<Item = &PathBuf> {
    [&arguments.file]
        .into_iter()
        .chain(&arguments.surroundings)
        .chain(&arguments.boundary)
        .chain(&arguments.resource_policy)
        .chain(&arguments.identity_policy)
        .chain(&arguments.session_policy)
        .chain(&arguments.scp)
        .chain(&arguments.rcp)
}

/// What the document most likely is; nothing where it cannot be read, which reading it says.
fn guess(text: &str, around: &Surroundings) -> Option<Kind> {
    let policy = Document::parse(text).ok()?;
    Some(Kind::guess(&policy, around.resource.as_deref()))
}

/// How large AWS takes one document of this kind. Limits that several documents share (inline policies) are not one document's, and
/// those of most resources are their service's own affair.
fn size_limit(kind: Option<Kind>) -> Option<SizeLimit> {
    match kind? {
        Kind::Identity | Kind::Boundary => Some(SizeLimit::ManagedPolicy),
        Kind::Trust => Some(SizeLimit::TrustPolicy),
        Kind::Bucket => Some(SizeLimit::BucketPolicy),
        Kind::Key => Some(SizeLimit::KeyPolicy),
        Kind::ServiceControl => Some(SizeLimit::ServiceControlPolicy),
        Kind::ResourceControl => Some(SizeLimit::ResourceControlPolicy),
        Kind::Session => Some(SizeLimit::SessionPolicy),
        Kind::Function => Some(SizeLimit::FunctionPolicy),
        Kind::Resource => None,
    }
}

/// The file of surroundings, and the flags on top of it.
fn surroundings(arguments: &Explain) -> anyhow::Result<Surroundings> {
    let mut around = match &arguments.surroundings {
        Some(file) => Surroundings::read(&text_of(file)?).map_err(|error| anyhow!("{}: {error}", name(file)))?,
        None => Surroundings::default(),
    };
    if let Some(kind) = &arguments.kind {
        around.kind = Kind::from_name(kind);
    }
    if let Some(account) = &arguments.account {
        around.account = Some(account.to_string());
    }
    if let Some(account) = &arguments.resource_account {
        around.resource_account = Some(account.to_string());
    }
    if let Some(resource) = &arguments.resource {
        if Arn::read(resource).is_none() && resource != "*" {
            bail!("'{resource}' is no ARN\nhint: write it like arn:aws:s3:::records");
        }
        around.resource = Some(resource.clone());
    }
    if let Some(file) = &arguments.boundary {
        around.boundary = Some(paper(file, Kind::Boundary)?);
    }
    if let Some(file) = &arguments.resource_policy {
        around.resource_policy = Some(paper(file, Kind::Resource)?);
    }
    around
        .identity
        .extend(papers(&arguments.identity_policy, Kind::Identity)?);
    around.session.extend(papers(&arguments.session_policy, Kind::Session)?);
    let levels =
        |files: &[PathBuf], kind| papers(files, kind).map(|papers| papers.into_iter().map(|paper| vec![paper]));
    around
        .service_control
        .extend(levels(&arguments.scp, Kind::ServiceControl)?);
    around
        .resource_control
        .extend(levels(&arguments.rcp, Kind::ResourceControl)?);
    let friends = named(&arguments.friendly)?;
    let vendors = named(&arguments.third_party)?;
    Ok(around.knowing(|directory| {
        let mut directory = directory.with_earliest_request(present(arguments));
        for (id, name) in friends {
            directory = directory.with_friendly(id, name);
        }
        for (id, name) in vendors {
            directory = directory.with_third_party(id, name);
        }
        let organisations = arguments.organisation.iter().cloned();
        organisations.fold(directory, AccountDirectory::with_organisation)
    }))
}

fn paper(file: &Path, kind: Kind) -> anyhow::Result<Paper> {
    paper_of(file, text_of(file)?, kind.for_reader(), size_limit(Some(kind)))
}

fn paper_of(file: &Path, text: String, kind: PolicyKind, limit: Option<SizeLimit>) -> anyhow::Result<Paper> {
    let parsed = parsed(file, &text, kind, limit)?;
    Ok(Paper {
        name: name(file),
        policy: parsed.policy,
        // Places are those in the policy's own text, also where it stood wrapped.
        text: parsed.text.or(Some(text)),
    })
}

fn papers(files: &[PathBuf], kind: Kind) -> anyhow::Result<Vec<Paper>> {
    files.iter().map(|file| paper(file, kind)).collect()
}

/// `ID` or `ID=NAME`.
fn named(texts: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let one = |text: &String| {
        let (id, name) = text.split_once('=').unwrap_or((text, text));
        if is_account_id(id) {
            Ok((id.to_owned(), name.to_owned()))
        } else {
            Err(anyhow!("{id:?} is no account id: twelve digits"))
        }
    };
    texts.iter().map(one).collect()
}

fn principal(request: &Request) -> anyhow::Result<Option<Caller>> {
    let read = |text: &String| {
        Caller::read(text).with_context(|| {
            format!(
                "{text:?} is nobody who could ask: write the ARN of a user, role or session, an account id, a service like \
                 sns.amazonaws.com, an identity provider, or *"
            )
        })
    };
    let caller = request.principal.as_ref().map(read).transpose()?;
    let (Some(user), Some(session)) = (&request.federating_user, &caller) else {
        return Ok(caller);
    };
    let federated = session.clone().federated_by(user).with_context(|| {
        format!(
            "{user:?} cannot have made the session of {session}\n\
             hint: --federating-user is an IAM user like arn:aws:iam::111111111111:user/alice, --principal a session that it made, like \
             arn:aws:sts::111111111111:federated-user/name"
        )
    })?;
    Ok(Some(federated))
}

/// A key that is given several times has several values. A value may be empty, and may hold any character; so may a key in an object of
/// JSON.
pub(super) fn context(request: &Request) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in &request.context {
        for (key, values) in keys_in(text)? {
            // Keys compare without case.
            context.entry(key.to_ascii_lowercase()).or_default().extend(values);
        }
    }
    Ok(context)
}

/// The keys that one argument gives: `KEY=VALUE`, or an object of JSON, as no key begins with a brace.
fn keys_in(text: &str) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    if text.trim_start().starts_with('{') {
        let keys: BTreeMap<String, Value> = serde_json::from_str(text).with_context(|| {
            format!("{text:?} is no object of JSON: write it like {{\"aws:RequestTag/a=b\": \"x\"}}")
        })?;
        return keys.into_iter().map(|(key, value)| Ok((key, texts(value)?))).collect();
    }
    let (key, value) = text
        .split_once('=')
        .with_context(|| format!("{text:?} is no context key: write KEY=VALUE, like aws:SourceIp=203.0.113.7"))?;
    Ok(vec![(key.to_owned(), vec![value.to_owned()])])
}

/// One value or several.
fn texts(value: Value) -> anyhow::Result<Vec<String>> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Bool(_) | Value::Number(_) => Ok(vec![value.to_string()]),
        Value::Array(several) if several.iter().all(|one| !one.is_array()) => {
            let several: Vec<Vec<String>> = several.into_iter().map(texts).collect::<anyhow::Result<_>>()?;
            Ok(several.concat())
        }
        other => bail!("{other} is no value of a context key: write a text or a list of texts"),
    }
}
