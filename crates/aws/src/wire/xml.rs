//! XML answers, in one pass over the body.

use std::borrow::Cow;
use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use super::error::DecodeProblem;
use super::path::Path;
use super::scalar;
use crate::models::{List, Location, Map as MapShape, Member, Protocol, Scalar, Service, Shape, ShapeId, Structure};

/// Deeper than any answer of AWS; keeps a hostile body from overflowing the stack.
const DEPTH_LIMIT: usize = 100;

type Result<T> = std::result::Result<T, DecodeProblem>;

/// An XML body being decoded.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    length: usize,
    service: &'a Service,
    unknown: &'a mut BTreeSet<String>,
    depth: usize,
}

impl<'a> Xml<'a> {
    pub(super) fn new(service: &'a Service, body: &'a str, unknown: &'a mut BTreeSet<String>) -> Self {
        let mut reader = Reader::from_str(body.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            length: body.len(),
            service,
            unknown,
            depth: 0,
        }
    }

    /// The root element.
    pub(super) fn root(&mut self) -> Result<BytesStart<'a>> {
        loop {
            match self.event()? {
                Event::Start(element) => return Ok(element),
                Event::Text(text) if !text.trim().is_empty() => {
                    return Err(DecodeProblem::NotAnAnswer {
                        what: "text instead of XML".to_owned(),
                    });
                }
                _ => {}
            }
        }
    }

    /// Checks that nothing but blanks and comments is left.
    pub(super) fn end(&mut self) -> Result<()> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Eof) => return Ok(()),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(_) => return Err(self.malformed("something after the end of the root element")),
                Err(error) => return Err(self.problem(&error)),
            }
        }
    }

    /// Finds the child with this name, skipping the others; tells what the others hold as `request_id`.
    pub(super) fn child(&mut self, name: &str, request_id: &mut Option<String>) -> Result<Option<BytesStart<'a>>> {
        while let Some(element) = self.next_child()? {
            if local(&element) == name {
                return Ok(Some(element));
            }
            self.metadata(&element, request_id)?;
        }
        Ok(None)
    }

    /// Reads the elements after the result, up to the end of their parent, for the request's id.
    pub(super) fn rest(&mut self, request_id: &mut Option<String>) -> Result<()> {
        while let Some(element) = self.next_child()? {
            self.metadata(&element, request_id)?;
        }
        Ok(())
    }

    fn metadata(&mut self, element: &BytesStart<'a>, request_id: &mut Option<String>) -> Result<()> {
        if local(element) == "ResponseMetadata" {
            while let Some(inner) = self.next_child()? {
                let text = self.text()?;
                if local(&inner) == "RequestId" {
                    *request_id = Some(text.into_owned());
                }
            }
            return Ok(());
        }
        self.generic().map(drop)
    }

    /// The value of the element just begun, up to its end.
    pub(super) fn value(&mut self, id: ShapeId, element: &BytesStart<'a>, path: &Path<'_>) -> Result<Value> {
        let service = self.service;
        match service.shape(id) {
            Shape::Scalar(scalar) => self.scalar(*scalar),
            Shape::Structure(structure) => self.structure(structure, element, path, None).map(Value::Object),
            Shape::List(list) => self.list(list, path),
            Shape::Map(map) => {
                let mut entries = Map::new();
                while self.next_child()?.is_some() {
                    self.entry(map, &mut entries, path)?;
                }
                Ok(Value::Object(entries))
            }
        }
    }

    /// The members of the element just begun, up to its end. With `request_id`, EC2's `requestId` goes there.
    pub(super) fn structure(
        &mut self,
        structure: &Structure,
        element: &BytesStart<'a>,
        path: &Path<'_>,
        mut request_id: Option<&mut Option<String>>,
    ) -> Result<Map<String, Value>> {
        let mut members = Map::new();
        if structure.members.iter().any(|member| member.is_xml_attribute) {
            attributes(structure, element, &mut members);
        }
        while let Some(child) = self.next_child()? {
            let name = local(&child);
            let member = structure
                .wire_index(name)
                .map(|index| &structure.members[index])
                .filter(|member| in_body(member));
            match member {
                Some(member) => self.member(member, &child, &mut members, path)?,
                None => match &mut request_id {
                    Some(request_id) if name == "requestId" => **request_id = Some(self.text()?.into_owned()),
                    _ => self.unknown(name, &mut members, path)?,
                },
            }
        }
        Ok(members)
    }

    fn member(
        &mut self,
        member: &Member,
        element: &BytesStart<'a>,
        members: &mut Map<String, Value>,
        path: &Path<'_>,
    ) -> Result<()> {
        let path = path.member(&member.name);
        let service = self.service;
        match service.shape(member.shape) {
            Shape::List(list) if member.is_flattened => {
                let item = self.value(list.element, element, &path.list())?;
                match members.get_mut(&member.name) {
                    Some(Value::Array(items)) => items.push(item),
                    _ => drop(members.insert(member.name.clone(), Value::Array(vec![item]))),
                }
            }
            Shape::Map(map) if member.is_flattened => {
                let mut entries = match members.remove(&member.name) {
                    Some(Value::Object(entries)) => entries,
                    _ => Map::new(),
                };
                self.entry(map, &mut entries, &path)?;
                members.insert(member.name.clone(), Value::Object(entries));
            }
            _ => {
                let value = self.value(member.shape, element, &path)?;
                match (members.get_mut(&member.name), value) {
                    // The same list in two elements: no information is lost.
                    (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
                    (Some(_), _) => {}
                    (None, value) => drop(members.insert(member.name.clone(), value)),
                }
            }
        }
        Ok(())
    }

    /// A member that the table does not know: kept under its best name, and told.
    fn unknown(&mut self, wire_name: &str, members: &mut Map<String, Value>, path: &Path<'_>) -> Result<()> {
        let name: Cow<'_, str> = match (self.service.protocol, wire_name.chars().next()) {
            (Protocol::Ec2, Some(first)) if first.is_lowercase() => {
                format!("{}{}", first.to_uppercase(), &wire_name[first.len_utf8()..]).into()
            }
            _ => wire_name.into(),
        };
        self.unknown.insert(path.member(&name).to_string());
        let value = self.generic()?;
        match members.get_mut(name.as_ref()) {
            None => drop(members.insert(name.into_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
        Ok(())
    }

    fn list(&mut self, list: &List, path: &Path<'_>) -> Result<Value> {
        let path = path.list();
        let mut items = Vec::new();
        while let Some(element) = self.next_child()? {
            items.push(self.value(list.element, &element, &path)?);
        }
        Ok(Value::Array(items))
    }

    /// One key and value, up to the end of the element around them.
    fn entry(&mut self, map: &MapShape, entries: &mut Map<String, Value>, path: &Path<'_>) -> Result<()> {
        let path = path.map();
        let (key_name, value_name) = (
            map.key_name.as_deref().unwrap_or("key"),
            map.value_name.as_deref().unwrap_or("value"),
        );
        let (mut key, mut value) = (None, None);
        while let Some(element) = self.next_child()? {
            let name = local(&element);
            if name == key_name {
                key = Some(self.text()?.into_owned());
            } else if name == value_name {
                value = Some(self.value(map.value, &element, &path)?);
            } else {
                self.unknown.insert(path.member(name).to_string());
                self.generic()?;
            }
        }
        if let Some(key) = key {
            let value = match value.unwrap_or_else(|| Value::String(String::new())) {
                Value::String(text) if map.holds_policies && key.ends_with("Policy") => scalar::json_text(text),
                value => value,
            };
            entries.insert(key, value);
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar) -> Result<Value> {
        match self.content()? {
            Content::Text(text) => Ok(scalar::from_text(scalar, text)),
            Content::Elements(value) => Ok(value),
        }
    }

    /// The text of the element just begun, up to its end; elements inside are skipped.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>> {
        match self.content()? {
            Content::Text(text) => Ok(text),
            Content::Elements(_) => Ok(Cow::Borrowed("")),
        }
    }

    /// An element of unknown shape: text, or an object of its children, or an array if they look like a list's.
    fn generic(&mut self) -> Result<Value> {
        match self.content()? {
            Content::Text(text) => Ok(Value::String(text.into_owned())),
            Content::Elements(value) => Ok(value),
        }
    }

    fn content(&mut self) -> Result<Content<'a>> {
        let mut text = Cow::Borrowed("");
        let mut children: Vec<(String, Value)> = Vec::new();
        loop {
            match self.event()? {
                Event::Text(piece) => append(&mut text, piece.xml10_content()),
                Event::CData(piece) => append(&mut text, piece.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character.to_string()),
                        Ok(None) => quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned),
                        Err(_) => None,
                    };
                    match resolved {
                        Some(resolved) => append(&mut text, resolved.into()),
                        None => return Err(self.malformed("an unknown entity")),
                    }
                }
                Event::Start(element) => {
                    let name = local(&element).to_owned();
                    children.push((name, self.generic()?));
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(if children.is_empty() {
                        Content::Text(text)
                    } else {
                        Content::Elements(elements(children))
                    });
                }
                _ => {}
            }
        }
    }

    /// The next child element; `None` at the end of the element around.
    pub(super) fn next_child(&mut self) -> Result<Option<BytesStart<'a>>> {
        loop {
            match self.event()? {
                Event::Start(element) => return Ok(Some(element)),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    /// The next event; the end of the body is an error. Starts count as a level deeper; whoever reads the end counts back.
    fn event(&mut self) -> Result<Event<'a>> {
        match self.reader.read_event() {
            Ok(Event::Eof) => Err(DecodeProblem::Truncated {
                format: "XML",
                position: self.length,
            }),
            Ok(event) => {
                if matches!(event, Event::Start(_)) {
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        return Err(DecodeProblem::TooDeep {
                            position: self.position(),
                            limit: DEPTH_LIMIT,
                        });
                    }
                }
                Ok(event)
            }
            Err(error) => Err(self.problem(&error)),
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.length)
    }

    fn malformed(&self, what: &str) -> DecodeProblem {
        DecodeProblem::Malformed {
            format: "XML",
            position: self.position(),
            what: what.to_owned(),
        }
    }

    fn problem(&self, error: &quick_xml::Error) -> DecodeProblem {
        let position = usize::try_from(self.reader.error_position()).unwrap_or(self.length);
        match error {
            quick_xml::Error::Syntax(_) if self.position() >= self.length => DecodeProblem::Truncated {
                format: "XML",
                position: self.length,
            },
            quick_xml::Error::IllFormed(quick_xml::errors::IllFormedError::MissingEndTag(_)) => {
                DecodeProblem::Truncated {
                    format: "XML",
                    position: self.length,
                }
            }
            other => DecodeProblem::Malformed {
                format: "XML",
                position,
                what: other.to_string(),
            },
        }
    }
}

enum Content<'a> {
    Text(Cow<'a, str>),
    Elements(Value),
}

/// Name without prefix.
pub(super) fn local<'b>(element: &'b BytesStart<'_>) -> &'b str {
    element.local_name().into_inner()
}

/// Whether a member can be in the body of an answer (what is only a parameter's place counts as the body).
pub(super) fn in_body(member: &Member) -> bool {
    !member.is_xml_attribute
        && !matches!(
            member.location,
            Location::Header | Location::Headers | Location::StatusCode
        )
}

fn attributes(structure: &Structure, element: &BytesStart<'_>, members: &mut Map<String, Value>) {
    for member in structure.members.iter().filter(|member| member.is_xml_attribute) {
        let short = member.wire_name.rsplit(':').next().unwrap_or_default();
        let found = element
            .attributes()
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == short);
        if let Some(attribute) = found {
            let text = quick_xml::escape::unescape(&attribute.value)
                .map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
            members.insert(member.name.clone(), Value::String(text));
        }
    }
}

fn append<'a>(text: &mut Cow<'a, str>, piece: Cow<'a, str>) {
    if text.is_empty() {
        *text = piece;
    } else {
        text.to_mut().push_str(&piece);
    }
}

/// Children of an element of unknown shape. All `item` or `member`: a list. Names that repeat: an array.
fn elements(children: Vec<(String, Value)>) -> Value {
    if children.iter().all(|(name, _)| name == "item" || name == "member") {
        return Value::Array(children.into_iter().map(|(_, value)| value).collect());
    }
    let mut repeated: std::collections::BTreeMap<String, Vec<Value>> = std::collections::BTreeMap::new();
    for (name, value) in children {
        repeated.entry(name).or_default().push(value);
    }
    let single = |mut values: Vec<Value>| {
        if values.len() == 1 {
            values.remove(0)
        } else {
            Value::Array(values)
        }
    };
    Value::Object(
        repeated
            .into_iter()
            .map(|(name, values)| (name, single(values)))
            .collect(),
    )
}
