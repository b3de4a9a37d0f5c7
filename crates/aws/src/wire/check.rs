//! Parameters against the model, before anything is written: what passes can be serialised.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::error::{ParamError, ParamProblem};
use super::moment;
use crate::models::{Operation, Scalar, Service, Shape, ShapeId, Structure, nearest};

/// Which parameter: `Filters[0].Name`.
enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Member(Place::Root, name) => formatter.write_str(name),
            Place::Member(parent, name) => write!(formatter, "{parent}.{name}"),
            Place::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// Checks all parameters of an operation.
pub(super) fn check(service: &Service, operation: &Operation, id: ShapeId, params: &Value) -> Result<(), ParamError> {
    Check { service, operation }.value(id, params, &Place::Root)
}

struct Check<'a> {
    service: &'a Service,
    operation: &'a Operation,
}

impl Check<'_> {
    fn fail(&self, place: &Place<'_>, problem: ParamProblem) -> Result<(), ParamError> {
        Err(ParamError::new(
            self.service,
            self.operation,
            &place.to_string(),
            problem,
        ))
    }

    fn value(&self, id: ShapeId, value: &Value, place: &Place<'_>) -> Result<(), ParamError> {
        let expected = match (self.service.shape(id), value) {
            (Shape::Scalar(scalar), _) => match expected(*scalar, value) {
                Some(expected) => expected,
                None => return Ok(()),
            },
            (Shape::Structure(structure), Value::Object(_)) => return self.structure(structure, value, place),
            (Shape::List(list), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(list.element, item, &Place::Item(place, index))?;
                }
                return Ok(());
            }
            (Shape::List(_), _) => "an array",
            (Shape::Map(map), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.value(map.value, value, &Place::Member(place, key))?;
                }
                return Ok(());
            }
            (Shape::Structure(_) | Shape::Map(_), _) => "an object",
        };
        self.fail(place, ParamProblem::WrongType { expected })
    }

    fn structure(&self, structure: &Structure, value: &Value, place: &Place<'_>) -> Result<(), ParamError> {
        for (name, value) in value.as_object().into_iter().flatten() {
            let Some(member) = structure.member(name) else {
                let names = structure.members.iter().map(|member| member.name.as_str());
                return self.fail(
                    &Place::Member(place, name),
                    ParamProblem::Unknown {
                        suggestion: nearest(name, names),
                    },
                );
            };
            if !value.is_null() {
                self.value(member.shape, value, &Place::Member(place, name))?;
            }
        }
        let missing = structure
            .members
            .iter()
            .find(|member| member.is_required && value.get(&member.name).is_none_or(Value::is_null));
        match missing {
            Some(member) => self.fail(&Place::Member(place, &member.name), ParamProblem::Missing),
            None => Ok(()),
        }
    }
}

/// What a scalar should be, if the value is something else.
fn expected(scalar: Scalar, value: &Value) -> Option<&'static str> {
    let (is_right, expected) = match scalar {
        Scalar::String => (value.is_string(), "a text"),
        Scalar::JsonText => (
            value.is_string() || value.is_object() || value.is_array(),
            "a text or JSON",
        ),
        Scalar::Boolean => (value.is_boolean(), "true or false"),
        Scalar::Integer => (value.is_i64() || value.is_u64(), "a whole number"),
        Scalar::Float => (
            value.is_number() || matches!(value.as_str(), Some("NaN" | "Infinity" | "-Infinity")),
            "a number",
        ),
        Scalar::Blob => (
            value.as_str().is_some_and(|text| STANDARD.decode(text).is_ok()),
            "base64",
        ),
        Scalar::Timestamp(_) => {
            let is_moment = match value {
                Value::String(text) => moment::normalise(text).is_some(),
                Value::Number(number) => moment::normalise(&number.to_string()).is_some(),
                _ => false,
            };
            (is_moment, "a moment in RFC 3339")
        }
        Scalar::Document => (true, "JSON"),
    };
    (!is_right).then_some(expected)
}
