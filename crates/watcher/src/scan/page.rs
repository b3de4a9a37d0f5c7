//! Calls of a scan: parameters filled, pages put together, the wanted part taken.

use std::collections::BTreeSet;
use std::pin::pin;

use futures::StreamExt as _;
use security_monkey_aws::models::{Models, Shape};
use security_monkey_aws::{Api, AwsError, Call, ErrorKind, pages};
use security_monkey_model::Region;
use security_monkey_model::document::{Document, Path, Salt, Segment};
use serde_json::{Map, Value};

use super::Limits;
use crate::technology::file::DetailCall;
use crate::technology::template::{Template, Values};

/// What every call of a scan needs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) api: &'a dyn Api,
    pub(super) account: &'a str,
    pub(super) partition: &'a str,
    /// Where calls go unless a resource lives elsewhere.
    pub(super) region: &'a str,
    /// All regions of the account that are scanned.
    pub(super) regions: &'a BTreeSet<Region>,
    pub(super) salt: &'a Salt,
    pub(super) limits: Limits,
}

impl<'a> Context<'a> {
    /// What templates are filled with.
    pub(super) const fn values<'v>(&self, document: &'v Document, each: Option<&'v Document>) -> Values<'v>
    where
        'a: 'v,
    {
        Values {
            account: self.account,
            region: self.region,
            partition: self.partition,
            document,
            each,
        }
    }

    /// Whether an element that says where it lives is to be recorded here. One that does not say is: it must not be lost.
    pub(super) fn is_home(&self, home: &Path, element: &Value) -> bool {
        let Some(region) = look(element, home).and_then(Value::as_str) else {
            return true;
        };
        let is_scanned = |name: &str| self.regions.iter().any(|region| region.as_str() == name);
        let is_first = || self.regions.first().is_some_and(|first| first.as_str() == self.region);
        region == self.region || (!is_scanned(region) && is_first())
    }
}

/// What calls cost and told besides their answers.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) calls: u32,
    /// `service:Operation /path` of members our API table does not know.
    pub(super) unknown: BTreeSet<String>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.unknown.extend(other.unknown);
    }

    pub(super) fn page(&mut self, service: &str, operation: &str, unknown: &[String]) {
        self.calls += 1;
        self.unknown
            .extend(unknown.iter().map(|path| format!("{service}:{operation} {path}")));
    }
}

/// All pages of a call put together: lists one after the other, of single values the first. Page tokens are left out.
pub(super) async fn whole(
    context: &Context<'_>,
    region: &str,
    call: Call<'_>,
    tally: &mut Tally,
) -> Result<Value, AwsError> {
    let (service, operation) = (call.service, call.operation);
    let mut answer = Value::Object(Map::new());
    let mut pages = pin!(pages(context.api, region, call));
    while let Some(page) = pages.next().await {
        let page = page?;
        tally.page(service, operation, &page.unknown);
        merge(&mut answer, page.value);
    }
    let paginator = Models::embedded()
        .service(service)
        .ok()
        .and_then(|service| service.operation(operation))
        .and_then(|operation| operation.paginator.as_ref());
    if let (Some(paginator), Some(members)) = (paginator, answer.as_object_mut()) {
        for token in paginator.output_tokens.iter().chain(&paginator.more_results) {
            members.remove(token.as_str());
        }
    }
    Ok(answer)
}

fn merge(into: &mut Value, page: Value) {
    match (into, page) {
        (Value::Object(members), Value::Object(more)) => {
            for (name, value) in more {
                match members.get_mut(&name) {
                    Some(known) => merge(known, value),
                    None => {
                        members.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(elements), Value::Array(more)) => elements.extend(more),
        _ => {}
    }
}

/// Refuses an answer that has neither the list that `items` points into nor another of its operation's lists: AWS sends them when
/// they are empty too, so this is no answer (`{}`, from something between us and AWS), and an empty list would read as "all deleted".
pub(super) fn expect_list(
    region: &str,
    service: &str,
    operation: &str,
    items: &Path,
    answer: &Value,
) -> Result<(), AwsError> {
    let Some(Segment::Member(name)) = items.segments().first() else {
        return Ok(());
    };
    if answer.get(name).is_some() || has_a_list(service, operation, answer) {
        return Ok(());
    }
    let message = format!("the answer has no `{name}`, not even an empty one");
    Err(malformed(region, service, operation, message))
}

fn malformed(region: &str, service: &str, operation: &str, message: String) -> AwsError {
    AwsError {
        kind: ErrorKind::Malformed,
        service: service.to_owned(),
        operation: operation.to_owned(),
        region: region.to_owned(),
        code: None,
        message,
        request_id: None,
    }
}

/// Refuses an answer with none of the members that AWS always sends.
pub(super) fn expect_named(region: &str, service: &str, call: &DetailCall, answer: &Value) -> Result<(), AwsError> {
    if call.expects.is_empty() || call.expects.iter().any(|path| look(answer, path).is_some()) {
        return Ok(());
    }
    let names: Vec<String> = call.expects.iter().map(|path| format!("`{path}`")).collect();
    let message = format!("the answer has no {}, not even an empty one", names.join(" and no "));
    Err(malformed(region, service, &call.operation, message))
}

/// Refuses an answer without what a detail call takes, unless that can mean that there is none. AWS sends lists and maps when they are
/// empty too, and where it has a code for "there is none" it uses it: taken for none, `{}` from something between us and AWS would
/// read as a revision in which the grants, the listeners or the keys are gone.
pub(super) fn expect_taken(region: &str, service: &str, call: &DetailCall) -> Result<(), AwsError> {
    let Some(path) = call.take.as_ref().filter(|_| !call.leaves_out_empty) else {
        return Ok(());
    };
    if call.absent.is_empty() && !is_collection(service, &call.operation, path) {
        return Ok(());
    }
    let message = format!("the answer has no `{path}`, not even an empty one");
    Err(malformed(region, service, &call.operation, message))
}

/// Whether a list or a map stands at a path of names in the operation's answers.
fn is_collection(service: &str, operation: &str, path: &Path) -> bool {
    let Ok(service) = Models::embedded().service(service) else {
        return false;
    };
    let mut shape = service.operation(operation).and_then(|operation| operation.output);
    for segment in path.segments() {
        let (Segment::Member(name), Some(Shape::Structure(structure))) =
            (segment, shape.map(|shape| service.shape(shape)))
        else {
            return false;
        };
        let mut members = structure.members().iter();
        shape = members.find(|member| member.name == *name).map(|member| member.shape);
    }
    shape.is_some_and(|shape| matches!(service.shape(shape), Shape::List(_) | Shape::Map(_)))
}

fn has_a_list(service: &str, operation: &str, answer: &Value) -> bool {
    let Ok(service) = Models::embedded().service(service) else {
        return false;
    };
    let output = service.operation(operation).and_then(|operation| operation.output);
    let Some(Shape::Structure(output)) = output.map(|output| service.shape(output)) else {
        return false;
    };
    output
        .members()
        .iter()
        .any(|member| matches!(service.shape(member.shape), Shape::List(_)) && answer.get(&member.name).is_some())
}

/// The value at a path of names; the value itself without one.
pub(super) fn take(mut value: Value, path: Option<&Path>) -> Option<Value> {
    for segment in path.map_or(&[][..], Path::segments) {
        let Segment::Member(name) = segment else { return None };
        value = value.as_object_mut()?.remove(name)?;
    }
    Some(value)
}

/// The value at a path of names, looked at.
pub(super) fn look<'v>(mut value: &'v Value, path: &Path) -> Option<&'v Value> {
    for segment in path.segments() {
        let Segment::Member(name) = segment else { return None };
        value = value.get(name)?;
    }
    Some(value)
}

/// Takes the elements a path points to out of an answer. With `parent`, each keeps the rest of the outer element there.
pub(super) fn elements(answer: &mut Value, path: &Path, parent: Option<&str>) -> Vec<Value> {
    let (outer, inner) = split(path, parent);
    let Some(parent) = parent.filter(|_| !inner.is_empty()) else {
        return collect(answer, outer);
    };
    let mut found = Vec::new();
    for mut element in collect(answer, outer) {
        let resources = collect(&mut element, inner);
        found.extend(resources.into_iter().map(|mut resource| {
            if let Some(members) = resource.as_object_mut() {
                members.insert(parent.to_owned(), element.clone());
            }
            resource
        }));
    }
    found
}

/// Whether [`elements`] of one path and parent takes something out of an answer that those of the other need.
pub(super) fn do_overlap(one: (&Path, Option<&str>), other: (&Path, Option<&str>)) -> bool {
    let (one, other) = (split(one.0, one.1).0, split(other.0, other.1).0);
    one.iter().zip(other).all(|segments| match segments {
        (Segment::Member(one), Segment::Member(other)) => one == other,
        (Segment::Elements, Segment::Elements)
        | (Segment::Members, Segment::Member(_) | Segment::Members)
        | (Segment::Member(_), Segment::Members) => true,
        // An answer has a list or an object at one place.
        (Segment::Elements, _) | (_, Segment::Elements) => false,
    })
}

/// The path of the list that is taken out of an answer, and with a parent the path from its elements to the resources.
fn split<'p>(path: &'p Path, parent: Option<&str>) -> (&'p [Segment], &'p [Segment]) {
    let segments = path.segments();
    let outer = segments[..segments.len().saturating_sub(1)]
        .iter()
        .rposition(|segment| *segment == Segment::Elements)
        .filter(|_| parent.is_some());
    segments.split_at(outer.map_or(segments.len(), |position| position + 1))
}

/// Empties the list a path points to (its last segment is [`Segment::Elements`]), without copying.
fn collect(value: &mut Value, segments: &[Segment]) -> Vec<Value> {
    let Some((first, rest)) = segments.split_first() else {
        return Vec::new();
    };
    match (first, value) {
        (Segment::Member(name), Value::Object(members)) => {
            let elements = members
                .get_mut(name)
                .map_or_else(Vec::new, |member| collect(member, rest));
            // The emptied list itself is not part of a parent.
            if matches!(rest, [Segment::Elements]) {
                members.remove(name);
            }
            elements
        }
        (Segment::Elements, Value::Array(elements)) if rest.is_empty() => std::mem::take(elements),
        (Segment::Elements, Value::Array(elements)) => {
            elements.iter_mut().flat_map(|element| collect(element, rest)).collect()
        }
        (Segment::Members, Value::Object(members)) => {
            members.values_mut().flat_map(|member| collect(member, rest)).collect()
        }
        _ => Vec::new(),
    }
}

/// Parameters with their places filled; the place that has no value otherwise.
pub(super) fn params(params: &toml::Table, values: &Values<'_>) -> Result<Value, String> {
    let members = params
        .iter()
        .map(|(name, value)| Ok((name.clone(), param(value, values)?)))
        .collect::<Result<Map<_, _>, String>>()?;
    Ok(Value::Object(members))
}

fn param(value: &toml::Value, values: &Values<'_>) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) if !text.contains('{') => Value::from(text.as_str()),
        toml::Value::String(text) => Template::parse(text)
            .ok()
            .and_then(|template| template.value(values))
            .ok_or_else(|| text.clone())?,
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(truth) => Value::from(*truth),
        toml::Value::Datetime(moment) => Value::from(moment.to_string()),
        toml::Value::Array(elements) => Value::Array(
            elements
                .iter()
                .map(|element| param(element, values))
                .collect::<Result<_, _>>()?,
        ),
        toml::Value::Table(members) => params(members, values)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_of_nested_lists_keep_their_parent() {
        let path = Path::parse("Reservations[].Instances[]").unwrap();
        let mut answer = json!({"Reservations": [
            {"ReservationId": "r-1", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]},
            {"ReservationId": "r-2", "Instances": [{"InstanceId": "i-3"}]},
        ]});
        assert_eq!(
            elements(&mut answer, &path, Some("Reservation")),
            [
                json!({"InstanceId": "i-1", "Reservation": {"ReservationId": "r-1"}}),
                json!({"InstanceId": "i-2", "Reservation": {"ReservationId": "r-1"}}),
                json!({"InstanceId": "i-3", "Reservation": {"ReservationId": "r-2"}}),
            ]
        );
    }

    #[test]
    fn paths_overlap_when_one_takes_what_the_other_needs() {
        let overlap = |one: (&str, Option<&str>), other: (&str, Option<&str>)| {
            let (first, second) = (Path::parse(one.0).unwrap(), Path::parse(other.0).unwrap());
            let found = do_overlap((&first, one.1), (&second, other.1));
            assert_eq!(
                found,
                do_overlap((&second, other.1), (&first, one.1)),
                "{one:?} {other:?}"
            );
            found
        };
        assert!(overlap(("A[]", None), ("A[]", None)));
        assert!(overlap(("A[]", None), ("A[].B[]", None)));
        assert!(
            overlap(("A[].B[]", Some("Parent")), ("A[].C[]", None)),
            "the parent needs all of A"
        );
        assert!(overlap(("A.*[]", None), ("A.B[]", None)));
        assert!(!overlap(("A[].B[]", None), ("A[].C[]", None)));
        assert!(!overlap(("A[]", None), ("B[]", None)));
    }

    #[test]
    fn pages_are_put_together() {
        let mut answer = json!({});
        merge(
            &mut answer,
            json!({"Grants": [1], "Owner": {"Id": "a"}, "Truncated": true}),
        );
        merge(
            &mut answer,
            json!({"Grants": [2], "Owner": {"Id": "a"}, "Truncated": false, "More": "x"}),
        );
        assert_eq!(
            answer,
            json!({"Grants": [1, 2], "Owner": {"Id": "a"}, "Truncated": true, "More": "x"})
        );
    }
}
