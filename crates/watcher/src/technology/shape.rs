//! What is known about a technology's documents before any was read: AWS's own models of the answers they are made of.
//!
//! Rules and technology files name paths of documents; a mistyped path would silently mean "nothing there". So every path is
//! checked here first.

use std::collections::BTreeSet;
use std::fmt;

use security_monkey_aws::models::{Models, Scalar, Service, Shape, ShapeId};
use security_monkey_model::document::{Path, Segment};

/// The paths a technology's documents can have.
#[derive(Clone)]
pub struct DocumentShape {
    models: &'static Models,
    parts: Vec<Part>,
    json: Vec<Path>,
}

/// An answer of AWS (or a part of one) that stands at a place of the document.
#[derive(Debug, Clone)]
struct Part {
    at: Vec<Segment>,
    source: PartSource,
}

#[derive(Debug, Clone)]
enum PartSource {
    Shape { service: String, shape: ShapeId },
    Scalar,
    Open,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// An object with these members.
    Object(BTreeSet<String>),
    /// A list; its elements are one [`Segment::Elements`] further.
    List,
    /// An object with free keys.
    Map,
    /// A text, number, truth value or moment.
    Scalar,
    /// Free-form JSON: any path below exists.
    Open,
}

/// A path that documents of the technology cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct PathError {
    /// What is wrong: no such member, a list without `[]`, …
    pub reason: String,
    /// What may be meant.
    pub hint: Option<String>,
}

impl PathError {
    fn new(reason: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            reason: reason.into(),
            hint,
        }
    }
}

impl DocumentShape {
    pub(crate) const fn new(models: &'static Models) -> Self {
        Self {
            models,
            parts: Vec::new(),
            json: Vec::new(),
        }
    }

    /// Says that this shape of this service stands at the place; none: anything may.
    pub(crate) fn add(&mut self, at: Vec<Segment>, service: &str, shape: Option<ShapeId>) {
        let source = match shape {
            Some(shape) => PartSource::Shape {
                service: service.to_owned(),
                shape,
            },
            None => PartSource::Open,
        };
        self.parts.push(Part { at, source });
    }

    pub(crate) fn add_scalar(&mut self, at: Vec<Segment>) {
        self.parts.push(Part {
            at,
            source: PartSource::Scalar,
        });
    }

    pub(crate) fn add_json(&mut self, path: Path) {
        self.json.push(path);
    }

    pub(crate) fn forget_json(&mut self) {
        self.json.clear();
    }

    /// What stands at the path, written as in technology files: `IpPermissions[].IpRanges[].CidrIp`.
    pub fn check(&self, path: &str) -> Result<ValueKind, PathError> {
        let path = Path::parse(path).map_err(|error| PathError::new(error.to_string(), None))?;
        self.at(path.segments())
    }

    /// What stands at the path; no segments: the document itself. [`Segment::Elements`] goes into a list, and also into a map's
    /// values, since Rego iterates them alike; [`Segment::Members`] only into maps and objects.
    pub fn at(&self, path: &[Segment]) -> Result<ValueKind, PathError> {
        if self.json.iter().any(|json| starts_with(path, json.segments())) {
            return Ok(ValueKind::Open);
        }
        let mut found: Option<ValueKind> = None;
        let mut failure: Option<(usize, PathError)> = None;
        for part in &self.parts {
            let kind = if starts_with(path, &part.at) {
                match self.within(part, &path[part.at.len()..]) {
                    Ok(kind) => kind,
                    Err(error) => {
                        if failure.as_ref().is_none_or(|(length, _)| *length < part.at.len()) {
                            failure = Some((part.at.len(), error));
                        }
                        continue;
                    }
                }
            } else if starts_with(&part.at, path) {
                match &part.at[path.len()] {
                    Segment::Member(name) => ValueKind::Object([name.clone()].into()),
                    Segment::Elements => ValueKind::List,
                    Segment::Members => ValueKind::Map,
                }
            } else {
                continue;
            };
            found = Some(match (found, kind) {
                (Some(ValueKind::Object(mut members)), ValueKind::Object(more)) => {
                    members.extend(more);
                    ValueKind::Object(members)
                }
                (Some(ValueKind::Open), _) | (_, ValueKind::Open) => ValueKind::Open,
                (Some(known), _) => known,
                (None, kind) => kind,
            });
        }
        found.ok_or_else(|| match failure {
            Some((_, error)) => self.with_own_suggestion(error, path),
            None => self.with_own_suggestion(PathError::new("no such member", None), path),
        })
    }

    fn within(&self, part: &Part, path: &[Segment]) -> Result<ValueKind, PathError> {
        match &part.source {
            PartSource::Open => Ok(ValueKind::Open),
            PartSource::Scalar if path.is_empty() => Ok(ValueKind::Scalar),
            PartSource::Scalar => Err(PathError::new("a text has no members", None)),
            PartSource::Shape { service, shape } => {
                let service = self
                    .models
                    .service(service)
                    .map_err(|error| PathError::new(error.to_string(), None))?;
                Ok(walk(service, *shape, path)?.map_or(ValueKind::Open, |shape| kind(service, shape)))
            }
        }
    }

    /// Looks among all members that stand where the path fails, not only those of the answer that failed last.
    fn with_own_suggestion(&self, mut error: PathError, path: &[Segment]) -> PathError {
        if error.hint.is_none()
            && let Some((Segment::Member(name), before)) = path.split_last()
            && let Ok(ValueKind::Object(members)) = self.at(before)
        {
            let lower = name.to_lowercase();
            error.hint = members
                .into_iter()
                .find(|member| member.to_lowercase() == lower || member.to_lowercase().starts_with(&lower))
                .map(|member| format!("did you mean `{member}`?"));
        }
        error
    }

    /// Members of the document itself.
    pub fn members(&self) -> BTreeSet<String> {
        match self.at(&[]) {
            Ok(ValueKind::Object(members)) => members,
            _ => BTreeSet::new(),
        }
    }
}

impl fmt::Debug for DocumentShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentShape")
            .field("parts", &self.parts)
            .field("json", &self.json)
            .finish_non_exhaustive()
    }
}

fn starts_with(path: &[Segment], beginning: &[Segment]) -> bool {
    path.len() >= beginning.len() && path.iter().zip(beginning).all(|(a, b)| a == b)
}

/// The shape at a path below another; `None`: inside free-form JSON.
pub(crate) fn walk(service: &Service, from: ShapeId, path: &[Segment]) -> Result<Option<ShapeId>, PathError> {
    let mut id = from;
    for segment in path {
        id = match (service.shape(id), segment) {
            (Shape::Scalar(Scalar::Document | Scalar::JsonText), _) | (Shape::Structure(_), Segment::Members) => {
                return Ok(None);
            }
            (Shape::List(list), Segment::Elements) => list.element,
            (Shape::Map(map), Segment::Elements | Segment::Members | Segment::Member(_)) => map.value,
            (Shape::Structure(_), Segment::Elements) => {
                return Err(PathError::new(
                    "elements are looked for in an object",
                    Some("leave `[]` out".to_owned()),
                ));
            }
            (Shape::Structure(structure), Segment::Member(name)) => {
                let Some(member) = structure.member(name) else {
                    let hint = service.walk(id, &[name]).err().and_then(|error| error.suggestion);
                    return Err(PathError::new(
                        format!("AWS's answer has no member `{name}` there"),
                        hint.map(|name| format!("did you mean `{name}`?")),
                    ));
                };
                member.shape
            }
            (Shape::List(_), Segment::Member(name)) => {
                return Err(PathError::new(
                    format!("`{name}` is looked for in a list"),
                    Some("write `[]` after the list's name".to_owned()),
                ));
            }
            (Shape::List(_), Segment::Members) => {
                return Err(PathError::new(
                    "`*` is looked for in a list",
                    Some("write `[]`".to_owned()),
                ));
            }
            (Shape::Scalar(_), _) => return Err(PathError::new("a single value has no members", None)),
        };
    }
    Ok(Some(id))
}

pub(crate) fn kind(service: &Service, shape: ShapeId) -> ValueKind {
    match service.shape(shape) {
        Shape::Scalar(Scalar::Document | Scalar::JsonText) => ValueKind::Open,
        Shape::Scalar(_) => ValueKind::Scalar,
        Shape::List(_) => ValueKind::List,
        Shape::Map(_) => ValueKind::Map,
        Shape::Structure(structure) => {
            ValueKind::Object(structure.members().iter().map(|member| member.name.clone()).collect())
        }
    }
}
