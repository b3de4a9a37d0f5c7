//! Shapes: the types of parameters and answers, with where each member is on the wire.

use super::{Service, suggest};

/// Number of a shape within its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub(crate) u32);

/// A type.
#[derive(Debug)]
pub enum Shape {
    /// A single value.
    Scalar(Scalar),
    /// Named members.
    Structure(Structure),
    /// A sequence.
    List(List),
    /// Values by name.
    Map(Map),
}

/// The type of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Text.
    String,
    /// Text that holds a JSON document where it parses as one: policies. The decoder gives JSON for it.
    JsonText,
    /// `true` or `false`.
    Boolean,
    /// A whole number, of any size.
    Integer,
    /// A number.
    Float,
    /// Bytes; base64 in our JSON.
    Blob,
    /// A moment; RFC 3339 in our JSON.
    Timestamp(Option<TimestampFormat>),
    /// Any JSON.
    Document,
}

/// How a moment is written on the wire where it is not the protocol's own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampFormat {
    /// `2026-01-02T03:04:05Z`.
    Iso8601,
    /// Seconds since 1970, with a fraction.
    UnixSeconds,
    /// `Fri, 02 Jan 2026 03:04:05 GMT`.
    Rfc822,
}

/// A type with named members.
#[derive(Debug)]
pub struct Structure {
    pub(crate) members: Vec<Member>,
    /// Indexes into `members`, sorted by the name on the wire.
    pub(crate) by_wire_name: Vec<u32>,
    /// Index of the member that is the whole body.
    pub(crate) payload: Option<u32>,
    /// Exactly one member is set.
    pub is_union: bool,
}

/// A member of a structure.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent traits of AWS's models, each a question of its own"
)]
pub struct Member {
    /// AWS's name: what we call it.
    pub name: String,
    /// Its type.
    pub shape: ShapeId,
    /// Whether a request must have it.
    pub is_required: bool,
    /// Where it is on the wire.
    pub location: Location,
    /// Its name on the wire in an answer.
    pub(crate) wire_name: String,
    /// Its name in a request, where that is another.
    pub(crate) request_name: Option<String>,
    /// Also a label of the host's prefix.
    pub(crate) is_host_label: bool,
    /// An attribute of the XML element, not a child.
    pub(crate) is_xml_attribute: bool,
    /// `xmlns` of its element in a request.
    pub(crate) xml_namespace: Option<(Option<String>, String)>,
    /// AWS says that a caller should generate it.
    pub is_idempotency_token: bool,
    /// AWS marks the value as sensitive.
    pub is_sensitive: bool,
    /// In XML: the list or map has no element around it.
    pub(crate) is_flattened: bool,
}

/// Where a member is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the body.
    Body,
    /// A label of the path.
    Uri,
    /// In the query string.
    Query,
    /// A header.
    Header,
    /// All headers with a prefix.
    Headers,
    /// The status code of the answer.
    StatusCode,
}

/// A sequence.
#[derive(Debug)]
pub struct List {
    /// Type of the elements.
    pub element: ShapeId,
    /// Name of an element in XML, if the model gives one.
    pub(crate) element_name: Option<String>,
}

/// Values by name.
#[derive(Debug)]
pub struct Map {
    /// Type of the names (always a kind of text).
    pub key: ShapeId,
    /// Type of the values.
    pub value: ShapeId,
    /// Name of the key's element in XML, if the model gives one.
    pub(crate) key_name: Option<String>,
    /// Name of the value's element in XML, if the model gives one.
    pub(crate) value_name: Option<String>,
    /// Values under keys that end with `Policy` are JSON documents.
    pub(crate) holds_policies: bool,
}

/// What a walk ended at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeKind {
    /// A single value.
    Scalar(Scalar),
    /// A structure.
    Structure(ShapeId),
    /// A list.
    List(ShapeId),
    /// A map.
    Map(ShapeId),
    /// Inside a document or policy text: any path exists.
    Any,
}

/// A path that does not exist in a shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no `{step}` after `{before}`{}", suggest::hint(.suggestion.as_deref()))]
pub struct WalkError {
    /// The step that failed.
    pub step: String,
    /// The part of the path that exists.
    pub before: String,
    /// The nearest member that exists.
    pub suggestion: Option<String>,
}

impl Structure {
    /// Members in AWS's order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A member by AWS's name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The member that is the whole body, if one is.
    pub fn payload(&self) -> Option<&Member> {
        self.payload.and_then(|index| self.members.get(index as usize))
    }

    /// Index of a member of the body by its name on the wire.
    pub(crate) fn wire_index(&self, wire_name: &str) -> Option<usize> {
        let position = self
            .by_wire_name
            .partition_point(|index| self.members[*index as usize].wire_name.as_str() < wire_name);
        let index = *self.by_wire_name.get(position)? as usize;
        (self.members[index].wire_name == wire_name).then_some(index)
    }
}

/// The shape with this id. Ids come only from the table, whose reader checked them.
pub(super) fn resolve(shapes: &[Shape], id: ShapeId) -> &Shape {
    &shapes[id.0 as usize]
}

/// See [`Service::walk`].
pub(super) fn walk(service: &Service, from: ShapeId, path: &[&str]) -> Result<ShapeKind, WalkError> {
    let mut id = from;
    for (index, step) in path.iter().enumerate() {
        let fail = |suggestion| {
            Err(WalkError {
                step: (*step).to_owned(),
                before: path[..index].join("."),
                suggestion,
            })
        };
        id = match (service.shape(id), *step) {
            (Shape::Scalar(Scalar::Document | Scalar::JsonText), _) => return Ok(ShapeKind::Any),
            (Shape::List(list), "[]") => list.element,
            (Shape::Map(map), "{}") => map.value,
            (Shape::Structure(structure), name) => match structure.member(name) {
                Some(member) => member.shape,
                None => {
                    return fail(suggest::nearest(
                        name,
                        structure.members.iter().map(|member| member.name.as_str()),
                    ));
                }
            },
            (Shape::List(_), _) => return fail(Some("[]".to_owned())),
            (Shape::Map(_), _) => return fail(Some("{}".to_owned())),
            (Shape::Scalar(_), _) => return fail(None),
        };
    }
    Ok(match service.shape(id) {
        Shape::Scalar(Scalar::Document) => ShapeKind::Any,
        Shape::Scalar(scalar) => ShapeKind::Scalar(*scalar),
        Shape::Structure(_) => ShapeKind::Structure(id),
        Shape::List(_) => ShapeKind::List(id),
        Shape::Map(_) => ShapeKind::Map(id),
    })
}
