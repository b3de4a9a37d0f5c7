//! From an element of a list to a resource: its detail calls, then its own properties.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use security_monkey_aws::{AwsError, Call, ErrorKind};
use security_monkey_model::document::{Document, Path, Segment};
use security_monkey_model::{CoverageGap, GapCause, ObservedResource, ResourceId};
use serde_json::Value;

use super::describe::{describe, home_region};
use super::gap;
use super::page::{Context, Tally, expect_named, expect_taken, params, take, whole};
use crate::technology::Technology;
use crate::technology::file::DetailCall;

/// A resource while it is read.
pub(super) struct Draft {
    pub(super) id: ResourceId,
    pub(super) document: Document,
    /// Document paths that could not be read.
    pub(super) unread: BTreeSet<String>,
    pub(super) gaps: Vec<CoverageGap>,
    /// A call of its own did not know it, or a part of it: [`ScanItem::Gone`](super::ScanItem::Gone).
    pub(super) gone: Option<CoverageGap>,
    pub(super) tally: Tally,
}

impl Draft {
    pub(super) fn new(id: ResourceId, document: Document) -> Self {
        Self {
            id,
            document,
            unread: BTreeSet::new(),
            gaps: Vec::new(),
            gone: None,
            tally: Tally::default(),
        }
    }

    /// Notes that a call did not know the resource, or a part of it, that a list had just shown.
    pub(super) fn note_gone(&mut self, fields: &[String], error: &AwsError) {
        self.unread.extend(fields.iter().cloned());
        let id = self.id.clone();
        self.gone.get_or_insert_with(|| gap::of(error, Some(id), None));
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
        let gone = Gone::told_by(technology, asked.iter().map(|(call, _)| *call).zip(&answers));
        for ((call, fields), (answers, tally)) in asked.into_iter().zip(answers) {
            draft.tally.add(tally);
            if answers.iter().flatten().any(|answer| gone.makes_doubtful(answer)) {
                draft.unread.extend(fields.iter().cloned());
            } else {
                apply(&mut draft, technology, call, fields, answers);
            }
        }
        if gone.is_whole {
            draft.unread.extend(technology.detail_fields.iter().flatten().cloned());
            break;
        }
    }
    draft
}

/// What the calls of one step say about whether the resource is still there.
#[derive(Default)]
struct Gone {
    /// Codes that said that it is not.
    codes: BTreeSet<String>,
    /// No call found it.
    is_whole: bool,
}

impl Gone {
    fn told_by<'a>(
        technology: &Technology,
        calls: impl Iterator<Item = (&'a DetailCall, &'a (Answers, Tally))>,
    ) -> Self {
        if technology.file.lists.is_empty() {
            // Nothing has shown it before: not found is a failure like any other.
            return Self::default();
        }
        let (mut codes, mut is_found) = (BTreeSet::new(), false);
        for answer in calls
            .filter(|(call, _)| call.each.is_none())
            .flat_map(|(_, (answers, _))| answers)
        {
            match answer {
                Ok(Answer::Value(_)) => is_found = true,
                Err(CallFailure::Aws(error)) if error.kind == ErrorKind::NotFound => {
                    codes.extend(error.code.clone());
                }
                Ok(Answer::Absent(_)) | Err(_) => {}
            }
        }
        Self {
            is_whole: !is_found && !codes.is_empty(),
            codes,
        }
    }

    /// Whether "there is none" may mean that the resource itself is gone: IAM says NoSuchEntity of the password and of its user.
    fn makes_doubtful(&self, answer: &Answer) -> bool {
        matches!(answer, Answer::Absent(code) if self.codes.contains(code))
    }
}

/// Calls of one `each` made at the same time: users have at most two access keys, load balancers fifty listeners.
const ELEMENTS_IN_FLIGHT: usize = 4;

/// What a call came to.
enum Answer {
    /// What it was asked for, if that is in the answer.
    Value(Option<Value>),
    /// There is none: the code that says so.
    Absent(String),
}

/// One answer, or for an `each` call one for each element, in order.
type Answers = Vec<Result<Answer, CallFailure>>;

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
    let results: Vec<(Result<Answer, CallFailure>, Tally)> =
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
) -> Result<Answer, CallFailure> {
    let service = detail.service.as_deref().unwrap_or(technology.service());
    let filled = params(&detail.params, &context.values(document, each)).map_err(CallFailure::NoValue)?;
    let call = Call::new(service, &detail.operation).with(filled);
    match whole(context, region, call, tally).await {
        Ok(value) => {
            expect_named(region, service, detail, &value).map_err(CallFailure::Aws)?;
            let taken = take(value, detail.take.as_ref());
            if taken.is_none() {
                expect_taken(region, service, detail).map_err(CallFailure::Aws)?;
            }
            Ok(Answer::Value(taken))
        }
        Err(error) => {
            tally.calls += 1;
            let absent = error.code.as_ref().filter(|code| detail.absent.contains(code));
            match absent.cloned() {
                Some(code) => Ok(Answer::Absent(code)),
                None => Err(CallFailure::Aws(error)),
            }
        }
    }
}

/// Puts answers into the document.
fn apply(draft: &mut Draft, technology: &Technology, call: &DetailCall, fields: &[String], answers: Answers) {
    let mut values = Vec::with_capacity(answers.len());
    for answer in answers {
        values.push(match answer {
            Ok(Answer::Value(value)) => value,
            Ok(Answer::Absent(_)) => None,
            // Without a list call nothing has shown it before: then it is a failure like any other.
            Err(CallFailure::Aws(error)) if error.kind == ErrorKind::NotFound && !technology.file.lists.is_empty() => {
                draft.note_gone(fields, &error);
                None
            }
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

/// Where the calls for this one resource go.
pub(super) fn call_region(context: &Context<'_>, technology: &Technology, draft: &Draft) -> String {
    let home = home_region(technology, &context.values(&draft.document, None), &draft.unread);
    home.map_or_else(|| context.region.to_owned(), |region| region.to_string())
}

/// A resource as it is reported, and what is to be said with it.
pub(super) struct Finished {
    pub(super) resource: ObservedResource,
    pub(super) gaps: Vec<CoverageGap>,
    pub(super) gone: Option<CoverageGap>,
    pub(super) tally: Tally,
}

/// The finished resource, with secrets digested and what could not be read of it.
pub(super) fn finish(context: &Context<'_>, technology: &Technology, mut draft: Draft) -> Finished {
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
    Finished {
        resource,
        gaps: draft.gaps,
        gone: draft.gone,
        tally: draft.tally,
    }
}
