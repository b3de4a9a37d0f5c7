//! From an element of a list to a resource: its detail calls, then its own properties.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use security_monkey_aws::{AwsError, Call};
use security_monkey_model::document::{Document, Path, Segment};
use security_monkey_model::{CoverageGap, GapCause, ObservedResource, ResourceId};
use serde_json::Value;

use super::describe::{describe, home_region};
use super::gap;
use super::page::{Context, Tally, params, take, whole};
use crate::technology::Technology;
use crate::technology::file::DetailCall;

/// A resource while it is read.
pub(super) struct Draft {
    pub(super) id: ResourceId,
    pub(super) document: Document,
    /// Document paths that could not be read.
    pub(super) unread: BTreeSet<String>,
    pub(super) gaps: Vec<CoverageGap>,
    pub(super) tally: Tally,
}

impl Draft {
    pub(super) fn new(id: ResourceId, document: Document) -> Self {
        Self {
            id,
            document,
            unread: BTreeSet::new(),
            gaps: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Whether what stands at the path depends on something that could not be read.
    fn is_unread(&self, path: &Path) -> bool {
        let Some(Segment::Member(first)) = path.segments().first() else {
            return false;
        };
        self.unread
            .iter()
            .any(|unread| unread.split(['.', '[']).next() == Some(first.as_str()))
    }

    fn fail(&mut self, fields: &[String], error: &AwsError) {
        self.unread.extend(fields.iter().cloned());
        // A call that fills many members is one gap of the resource, not one for each member.
        let field = match fields {
            [field] => Some(field.clone()),
            _ => None,
        };
        self.gaps.push(gap::of(error, Some(self.id.clone()), field));
    }
}

/// Makes the detail calls of a resource, step by step; calls of one step at the same time.
pub(super) async fn details(context: &Context<'_>, technology: &Technology, mut draft: Draft) -> Draft {
    let calls = &technology.file.details;
    let steps = technology.detail_steps.iter().max().map_or(0, |last| last + 1);
    for step in 0..steps {
        let region = call_region(context, technology, &draft);
        let of_step = (0..calls.len()).filter(|index| technology.detail_steps[*index] == step);
        let mut asked = Vec::new();
        for index in of_step {
            let (call, fields) = (&calls[index], &technology.detail_fields[index]);
            if call.conditions.iter().any(|condition| draft.is_unread(&condition.path)) {
                draft.unread.extend(fields.iter().cloned());
                continue;
            }
            let values = context.values(&draft.document, None);
            if call.conditions.iter().all(|condition| condition.holds(&values)) {
                asked.push((call, fields));
            }
        }
        let document = &draft.document;
        let region = region.as_str();
        let answers = join_all(
            asked
                .iter()
                .map(|(call, _)| answers(context, technology, call, document, region)),
        )
        .await;
        for ((call, fields), (answers, tally)) in asked.into_iter().zip(answers) {
            draft.tally.add(tally);
            apply(&mut draft, technology, call, fields, answers);
        }
    }
    draft
}

/// Calls of one `each` made at the same time: users have at most two access keys, load balancers fifty listeners.
const ELEMENTS_IN_FLIGHT: usize = 4;

/// One answer, or for an `each` call one for each element, in order.
type Answers = Vec<Result<Option<Value>, CallFailure>>;

enum CallFailure {
    Aws(AwsError),
    /// A place of the parameters has no value.
    NoValue(String),
}

async fn answers(
    context: &Context<'_>,
    technology: &Technology,
    call: &DetailCall,
    document: &Document,
    region: &str,
) -> (Answers, Tally) {
    let elements: Vec<Option<&Value>> = match &call.each {
        None => vec![None],
        Some(path) => path.select(document).into_iter().map(Some).collect(),
    };
    let calls: Vec<_> = elements
        .into_iter()
        .map(|each| async move {
            let mut tally = Tally::default();
            let result = answer(context, technology, call, document, each, region, &mut tally).await;
            (result, tally)
        })
        .collect();
    let results: Vec<(Result<Option<Value>, CallFailure>, Tally)> =
        stream::iter(calls).buffered(ELEMENTS_IN_FLIGHT).collect().await;
    let mut total = Tally::default();
    let answers = results
        .into_iter()
        .map(|(result, tally)| {
            total.add(tally);
            result
        })
        .collect();
    (answers, total)
}

async fn answer(
    context: &Context<'_>,
    technology: &Technology,
    detail: &DetailCall,
    document: &Document,
    each: Option<&Value>,
    region: &str,
    tally: &mut Tally,
) -> Result<Option<Value>, CallFailure> {
    let service = detail.service.as_deref().unwrap_or(technology.service());
    let filled = params(&detail.params, &context.values(document, each)).map_err(CallFailure::NoValue)?;
    let call = Call::new(service, &detail.operation).with(filled);
    match whole(context, region, call, tally).await {
        Ok(value) => Ok(take(value, detail.take.as_ref())),
        Err(error) if error.code.as_ref().is_some_and(|code| detail.absent.contains(code)) => {
            tally.calls += 1;
            Ok(None)
        }
        Err(error) => {
            tally.calls += 1;
            Err(CallFailure::Aws(error))
        }
    }
}

/// Puts answers into the document.
fn apply(draft: &mut Draft, technology: &Technology, call: &DetailCall, fields: &[String], answers: Answers) {
    let mut values = Vec::with_capacity(answers.len());
    for answer in answers {
        values.push(match answer {
            Ok(value) => value,
            Err(CallFailure::Aws(error)) => {
                draft.fail(fields, &error);
                None
            }
            Err(CallFailure::NoValue(template)) => {
                draft.unread.extend(fields.iter().cloned());
                draft.gaps.push(CoverageGap {
                    resource: Some(draft.id.clone()),
                    field: fields.first().cloned(),
                    operation: format!(
                        "{}:{}",
                        call.service.as_deref().unwrap_or(technology.service()),
                        call.operation
                    ),
                    cause: GapCause::Malformed,
                    code: None,
                    message: format!("AWS's answer gives no value for the parameter `{template}`"),
                });
                None
            }
        });
    }
    match &call.each {
        None => {
            if let Some(value) = values.into_iter().next().flatten() {
                put(&mut draft.document, call.into.as_deref(), value);
            }
        }
        Some(path) => {
            let mut values = values.into_iter();
            path.edit(&mut draft.document, &mut |mut element| {
                if let Some(Some(value)) = values.next() {
                    put(&mut element, call.into.as_deref(), value);
                }
                Some(element)
            });
        }
    }
}

fn put(document: &mut Document, into: Option<&str>, value: Value) {
    let Some(members) = document.as_object_mut() else {
        return;
    };
    match (into, value) {
        (Some(into), value) => {
            members.insert(into.to_owned(), value);
        }
        (None, Value::Object(more)) => members.extend(more),
        (None, _) => {}
    }
}

/// Where the resource's detail calls go.
fn call_region(context: &Context<'_>, technology: &Technology, draft: &Draft) -> String {
    let home = home_region(technology, &context.values(&draft.document, None), &draft.unread);
    home.map_or_else(|| context.region.to_owned(), |region| region.to_string())
}

/// The finished resource, with secrets digested and what could not be read of it.
pub(super) fn finish(
    context: &Context<'_>,
    technology: &Technology,
    mut draft: Draft,
) -> (ObservedResource, Vec<CoverageGap>, Tally) {
    let file = &technology.file;
    for path in &file.document.json {
        path.edit(&mut draft.document, &mut |value| {
            Some(match value {
                Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                other => other,
            })
        });
    }
    technology.rules.normalise(&mut draft.document, context.salt);
    let mut resource = ObservedResource {
        name: String::new(),
        arn: None,
        home_region: None,
        tags: BTreeMap::new(),
        links: Vec::new(),
        unread: draft.unread.into_iter().collect(),
        id: draft.id,
        document: draft.document,
    };
    describe(
        technology,
        context.account,
        context.region,
        context.partition,
        &mut resource,
    );
    (resource, draft.gaps, draft.tally)
}
