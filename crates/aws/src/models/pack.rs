//! The pack's format: written by `models/generate.py`, read here. Change both together.
//!
//! All numbers are LEB128; a text is its length and UTF-8. The pack begins with an index (version, partitions, the
//! services' names and sizes) and goes on with one zstd frame per service. A frame begins with its table of texts, to which
//! all later texts are indexes; an optional text is 0 or the index plus one.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::endpoint_table::{EndpointRow, EndpointTable, PartitionEndpoints};
use super::shape::{List, Location, Map, Member, Scalar, Shape, ShapeId, Structure, TimestampFormat};
use super::{Lazy, Models, Operation, PackError, Paginator, Partition, Protocol, Service, TokenPath};

const MAGIC: &[u8] = b"AWSPACK2";

/// Shapes that exist in every service, by number; `SCALARS` in generate.py.
const SCALARS: [Scalar; 11] = [
    Scalar::String,
    Scalar::JsonText,
    Scalar::Boolean,
    Scalar::Integer,
    Scalar::Float,
    Scalar::Blob,
    Scalar::Timestamp(None),
    Scalar::Timestamp(Some(TimestampFormat::Iso8601)),
    Scalar::Timestamp(Some(TimestampFormat::UnixSeconds)),
    Scalar::Timestamp(Some(TimestampFormat::Rfc822)),
    Scalar::Document,
];

/// `PROTOCOLS` in generate.py.
const PROTOCOLS: [Protocol; 6] = [
    Protocol::Ec2,
    Protocol::Query,
    Protocol::RestXml,
    Protocol::RestJson,
    Protocol::Json,
    Protocol::Cbor,
];

/// `LOCATIONS` in generate.py.
const LOCATIONS: [Location; 6] = [
    Location::Body,
    Location::Uri,
    Location::Query,
    Location::Header,
    Location::Headers,
    Location::StatusCode,
];

type Result<T> = std::result::Result<T, PackError>;

/// Reads the index.
pub(super) fn open(bytes: &'static [u8]) -> Result<Models> {
    let mut reader = Reader { bytes, position: 0 };
    if reader.take(MAGIC.len())? != MAGIC {
        return reader.fail("not a pack of this version");
    }
    let version = reader.text()?;
    let partitions = reader.many(|reader| {
        Ok(Partition {
            name: reader.text()?,
            dns_suffix: reader.text()?,
            global_region: reader.text()?,
            region_prefixes: reader.many(Reader::text)?,
            regions: reader.many(Reader::text)?,
        })
    })?;
    if partitions.is_empty() {
        return reader.fail("no partitions");
    }
    let entries = reader.many(|reader| Ok((reader.text()?, reader.number()?, reader.number()?)))?;
    let mut services = BTreeMap::new();
    for (name, packed_length, raw_length) in entries {
        let frame = reader.take(packed_length)?;
        let lazy = Lazy {
            frame,
            raw_length,
            service: OnceLock::new(),
        };
        services.insert(name, lazy);
    }
    Ok(Models {
        version,
        services,
        partitions,
    })
}

/// Reads one service.
pub(super) fn service(name: &str, frame: &[u8], raw_length: usize) -> Result<Service> {
    let raw = zstd::bulk::decompress(frame, raw_length).map_err(|_| PackError {
        what: "a frame that zstd cannot read",
        position: 0,
    })?;
    let mut reader = Reader {
        bytes: &raw,
        position: 0,
    };
    let texts = reader.many(Reader::text)?;
    Frame { reader, texts }.service(name)
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self, what: &'static str) -> Result<T> {
        Err(PackError {
            what,
            position: self.position,
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let Some(taken) = self.bytes.get(self.position..).and_then(|rest| rest.get(..length)) else {
            return self.fail("ends too early");
        };
        self.position += length;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize> {
        let mut value = 0usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.take(1)?[0];
            value |= usize::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        self.fail("a number too large")
    }

    fn text(&mut self) -> Result<String> {
        let length = self.number()?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => self.fail("a text that is not UTF-8"),
        }
    }

    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| read(self)).collect()
    }
}

struct Frame<'a> {
    reader: Reader<'a>,
    texts: Vec<String>,
}

impl Frame<'_> {
    fn number(&mut self) -> Result<usize> {
        self.reader.number()
    }

    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| read(self)).collect()
    }

    fn text(&mut self) -> Result<String> {
        let index = self.number()?;
        match self.texts.get(index) {
            Some(text) => Ok(text.clone()),
            None => self.reader.fail("an unknown text"),
        }
    }

    fn optional(&mut self) -> Result<Option<String>> {
        let index = self.number()?;
        if index == 0 {
            return Ok(None);
        }
        match self.texts.get(index - 1) {
            Some(text) => Ok(Some(text.clone())),
            None => self.reader.fail("an unknown text"),
        }
    }

    fn choose<T: Copy>(&mut self, choices: &[T]) -> Result<T> {
        let index = self.number()?;
        match choices.get(index) {
            Some(choice) => Ok(*choice),
            None => self.reader.fail("an unknown choice"),
        }
    }

    fn shape_id(&mut self) -> Result<ShapeId> {
        let number = self.number()?;
        match u32::try_from(number) {
            Ok(number) => Ok(ShapeId(number)),
            Err(_) => self.reader.fail("a shape's number too large"),
        }
    }

    fn optional_shape(&mut self) -> Result<Option<ShapeId>> {
        let number = self.number()?;
        match u32::try_from(number) {
            Ok(number) => Ok(number.checked_sub(1).map(ShapeId)),
            Err(_) => self.reader.fail("a shape's number too large"),
        }
    }

    fn service(mut self, name: &str) -> Result<Service> {
        let mut service = Service {
            name: name.to_owned(),
            service_id: self.text()?,
            signing_name: self.text()?,
            endpoint_prefix: self.text()?,
            iam_prefix: self.text()?,
            api_version: self.text()?,
            target_prefix: self.text()?,
            json_version: self.text()?,
            protocol: self.choose(&PROTOCOLS)?,
            query_compatible: self.number()? != 0,
            operations: BTreeMap::new(),
            shapes: SCALARS.iter().copied().map(Shape::Scalar).collect(),
            endpoints: EndpointTable {
                rows: Vec::new(),
                sets: Vec::new(),
            },
        };
        for operation in self.many(Self::operation)? {
            service.operations.insert(operation.name.clone(), operation);
        }
        service.shapes.extend(self.many(Self::shape)?);
        service.endpoints.rows = self.many(|frame| {
            Ok(EndpointRow {
                url: frame.text()?,
                signing_region: frame.text()?,
                signing_name: frame.text()?,
            })
        })?;
        service.endpoints.sets = self.many(|frame| {
            Ok([
                frame.many(Self::partition_endpoints)?,
                frame.many(Self::partition_endpoints)?,
            ])
        })?;
        if self.reader.position != self.reader.bytes.len() {
            return self.reader.fail("bytes left over");
        }
        self.check(&service)?;
        Ok(service)
    }

    fn operation(&mut self) -> Result<Operation> {
        let name = self.text()?;
        let http_method = self.text()?;
        let path = self.text()?;
        let input = self.optional_shape()?;
        let output = self.optional_shape()?;
        let host_prefix = self.optional()?;
        let result_wrapper = self.optional()?;
        let input_element = self.optional()?;
        let input_namespace = self.optional()?;
        Ok(Operation {
            name,
            http_method,
            path,
            input,
            output,
            host_prefix,
            result_wrapper,
            input_wrapper: input_element.map(|element| (element, input_namespace)),
            is_unsigned: self.number()? != 0,
            exception: self.optional()?,
            iam_action: self.optional()?,
            endpoint_set: self.number()?,
            paginator: if self.number()? == 0 {
                None
            } else {
                Some(self.paginator()?)
            },
        })
    }

    fn token_path(&mut self) -> Result<TokenPath> {
        let text = self.text()?;
        match TokenPath::parse(&text) {
            Some(path) => Ok(path),
            None => self.reader.fail("a paginator's path of an unknown form"),
        }
    }

    fn paginator(&mut self) -> Result<Paginator> {
        let input_tokens = self.many(Self::text)?;
        let output_tokens = self.many(Self::token_path)?;
        let result_keys = self.many(Self::token_path)?;
        let more_results = self.optional()?;
        let more_results = match more_results.map(|path| TokenPath::parse(&path)) {
            Some(None) => return self.reader.fail("a paginator's path of an unknown form"),
            Some(Some(path)) => Some(path),
            None => None,
        };
        let limit_key = self.optional()?;
        Ok(Paginator {
            input_tokens,
            output_tokens,
            more_results,
            result_keys,
            limit_key,
        })
    }

    fn shape(&mut self) -> Result<Shape> {
        match self.number()? {
            0 => {
                let payload = self.optional_shape()?.map(|id| id.0);
                let is_union = self.number()? != 0;
                let members = self.many(Self::member)?;
                Ok(Shape::Structure(Structure {
                    by_wire_name: by_wire_name(&members),
                    members,
                    payload,
                    is_union,
                }))
            }
            1 => Ok(Shape::List(List {
                element: self.shape_id()?,
                element_name: self.optional()?,
            })),
            2 => Ok(Shape::Map(Map {
                key: self.shape_id()?,
                value: self.shape_id()?,
                key_name: self.optional()?,
                value_name: self.optional()?,
                holds_policies: self.number()? != 0,
            })),
            _ => self.reader.fail("an unknown kind of shape"),
        }
    }

    fn member(&mut self) -> Result<Member> {
        let name = self.text()?;
        let shape = self.shape_id()?;
        let flags = self.number()?;
        let has = |bit: u32| flags & (1 << bit) != 0;
        let location = self.choose(&LOCATIONS)?;
        let wire_name = self.optional()?.unwrap_or_else(|| name.clone());
        Ok(Member {
            name,
            shape,
            location,
            wire_name,
            is_required: has(0),
            is_flattened: has(1),
            is_xml_attribute: has(2),
            is_host_label: has(3),
            is_idempotency_token: has(4),
            is_sensitive: has(5),
            request_name: if has(6) { Some(self.text()?) } else { None },
            xml_namespace: if has(7) {
                Some((self.optional()?, self.text()?))
            } else {
                None
            },
        })
    }

    fn partition_endpoints(&mut self) -> Result<PartitionEndpoints> {
        let default = self.number()?.checked_sub(1);
        let exceptions = self.many(|frame| Ok((frame.text()?, frame.number()?.checked_sub(1))))?;
        Ok(PartitionEndpoints {
            default,
            exceptions: exceptions.into_iter().collect(),
        })
    }

    /// Every shape that is referred to must exist, so that looking one up cannot fail later.
    fn check(&self, service: &Service) -> Result<()> {
        let count = service.shapes.len();
        let exists = |id: ShapeId| (id.0 as usize) < count;
        let shapes_exist = service.shapes.iter().all(|shape| match shape {
            Shape::Scalar(_) => true,
            Shape::Structure(structure) => {
                structure.members.iter().all(|member| exists(member.shape))
                    && structure
                        .payload
                        .is_none_or(|index| (index as usize) < structure.members.len())
            }
            Shape::List(list) => exists(list.element),
            Shape::Map(map) => exists(map.key) && exists(map.value),
        });
        let operations_exist = service.operations.values().all(|operation| {
            [operation.input, operation.output].into_iter().flatten().all(|id| {
                exists(id)
                    && matches!(
                        super::shape::resolve(&service.shapes, id),
                        Shape::Structure(_) | Shape::Scalar(Scalar::Document)
                    )
            })
        });
        if shapes_exist && operations_exist {
            Ok(())
        } else {
            self.reader.fail("a reference to a shape that is not there")
        }
    }
}

/// Indexes of the members sorted by name on the wire; of two with the same name the first stays first.
fn by_wire_name(members: &[Member]) -> Vec<u32> {
    let mut indexes: Vec<u32> = (0..).take(members.len()).collect();
    indexes.sort_by(|left, right| {
        members[*left as usize]
            .wire_name
            .cmp(&members[*right as usize].wire_name)
    });
    indexes
}
