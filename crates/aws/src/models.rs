//! The API table: services, operations, shapes, paginators, partitions and endpoints of AWS.
//!
//! Read from `models/aws.pack`, which `models/generate.py` makes from botocore's published data and from the reviewed
//! `models/allowed-operations.txt`. An operation that is not in the pack does not exist for this program: that, and
//! not a check at run time, is why it cannot write to AWS or read secrets.
//!
//! A service's table is decompressed when it is first asked for.

mod endpoint_table;
mod pack;
mod paginator;
mod partition;
mod shape;
mod suggest;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(crate) use endpoint_table::EndpointTable;
pub use paginator::{Paginator, TokenPath};
pub use partition::Partition;
pub use shape::{
    List, Location, Map, Member, Scalar, Shape, ShapeId, ShapeKind, Structure, TimestampFormat, WalkError,
};
pub(crate) use suggest::nearest;

static EMBEDDED: &[u8] = include_bytes!("../../../models/aws.pack");

/// AWS's API table.
pub struct Models {
    version: String,
    services: BTreeMap<String, Lazy>,
    partitions: Vec<Partition>,
}

struct Lazy {
    frame: &'static [u8],
    raw_length: usize,
    service: OnceLock<Service>,
}

/// The name is not one of the API table's services.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown AWS service `{name}`{}", suggest::hint(.suggestion.as_deref()))]
pub struct UnknownService {
    /// The name asked for.
    pub name: String,
    /// The nearest name that exists.
    pub suggestion: Option<String>,
}

/// A pack that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("AWS API table: {what} at byte {position}; run models/generate.py again")]
pub struct PackError {
    /// What is wrong.
    pub what: &'static str,
    /// Offset in the part being read, in bytes.
    pub position: usize,
}

impl Models {
    /// The table compiled into the program.
    ///
    /// # Panics
    /// If the embedded pack is damaged, which the crate's tests exclude by reading all of it.
    pub fn embedded() -> &'static Self {
        static MODELS: OnceLock<Models> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "a constant of the build, read whole by the test `every_service_opens`"
        )]
        MODELS.get_or_init(|| Self::from_pack(EMBEDDED).expect("the embedded API table is readable"))
    }

    /// Opens a pack: reads its index, leaves the services compressed.
    pub fn from_pack(bytes: &'static [u8]) -> Result<Self, PackError> {
        pack::open(bytes)
    }

    /// The service with botocore's name for it, `ec2`, `s3`, `elbv2`, `logs`.
    ///
    /// # Panics
    /// As [`Models::embedded`].
    pub fn service(&self, name: &str) -> Result<&Service, UnknownService> {
        let lazy = self.services.get(name).ok_or_else(|| UnknownService {
            name: name.to_owned(),
            suggestion: suggest::nearest(name, self.services.keys().map(String::as_str)),
        })?;
        #[expect(
            clippy::expect_used,
            reason = "a constant of the build, read whole by the test `every_service_opens`"
        )]
        Ok(lazy
            .service
            .get_or_init(|| pack::service(name, lazy.frame, lazy.raw_length).expect("a readable service")))
    }

    /// Names of all services, sorted.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// What the table was made from, `botocore-1.44.5/<digest>`: store it with what was decoded with it, because a newer
    /// table may know the type of a member that an older one had to guess.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All partitions, `aws` first.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The partition a region belongs to; for a region newer than the table, the one whose naming pattern fits, and
    /// `aws` if none does.
    pub fn partition_of(&self, region: &str) -> &Partition {
        &self.partitions[self.partition_index(region)]
    }

    /// Index of the region's partition.
    pub(crate) fn partition_index(&self, region: &str) -> usize {
        partition::index_of(&self.partitions, region)
    }
}

/// How a service speaks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// EC2's own form parameters and XML.
    Ec2,
    /// Form parameters and XML.
    Query,
    /// HTTP bindings and XML.
    RestXml,
    /// HTTP bindings and JSON.
    RestJson,
    /// One path, `X-Amz-Target` and JSON.
    Json,
    /// Smithy RPC v2 with CBOR: only for services that offer nothing else.
    Cbor,
}

/// One AWS service.
#[derive(Debug)]
pub struct Service {
    /// botocore's name, the key of the table: `elbv2`.
    pub name: String,
    /// Name used in configuration, `Elastic Load Balancing v2`: `AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2`.
    pub service_id: String,
    /// Name in SigV4's credential scope, `elasticloadbalancing`.
    pub signing_name: String,
    /// First label of its hosts, `elasticloadbalancing`.
    pub endpoint_prefix: String,
    /// Prefix of its IAM actions, `elasticloadbalancing`.
    pub iam_prefix: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// Version of the API, `2015-12-01`.
    pub api_version: String,
    /// Prefix of `X-Amz-Target`; empty unless [`Protocol::Json`] or [`Protocol::Cbor`].
    pub target_prefix: String,
    /// `1.0` or `1.1`; empty unless [`Protocol::Json`].
    pub json_version: String,
    /// The service spoke the query protocol before: its error codes come in `x-amzn-query-error`.
    pub query_compatible: bool,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) endpoints: EndpointTable,
}

impl Service {
    /// An operation by AWS's name, `DescribeVpcs`; `None` if AWS has no such operation *or it is not allowed*.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// All allowed operations, sorted by name.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// The nearest name of an operation, for messages.
    pub fn suggest_operation(&self, name: &str) -> Option<String> {
        suggest::nearest(name, self.operations.keys().map(String::as_str))
    }

    /// The shape with this id.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        shape::resolve(&self.shapes, id)
    }

    /// Walks from a shape along member names; `[]` goes to a list's element and `{}` to a map's value.
    ///
    /// ```
    /// # use security_monkey_aws::models::{Models, Scalar, ShapeKind};
    /// let s3 = Models::embedded().service("s3")?;
    /// let output = s3.operation("ListBuckets").and_then(|operation| operation.output);
    /// let name = s3.walk(output.unwrap(), &["Buckets", "[]", "Name"]);
    /// assert_eq!(name, Ok(ShapeKind::Scalar(Scalar::String)));
    /// # Ok::<_, security_monkey_aws::models::UnknownService>(())
    /// ```
    pub fn walk(&self, from: ShapeId, path: &[&str]) -> Result<ShapeKind, WalkError> {
        shape::walk(self, from, path)
    }

    /// The IAM action that allows the operation, `s3:ListAllMyBuckets` for `ListBuckets`.
    pub fn iam_action(&self, operation: &Operation) -> String {
        match &operation.iam_action {
            Some(action) => action.clone(),
            None => format!("{}:{}", self.iam_prefix, operation.name),
        }
    }
}

/// One allowed operation.
#[derive(Debug)]
pub struct Operation {
    /// AWS's name, `DescribeVpcs`.
    pub name: String,
    /// HTTP method.
    pub http_method: String,
    /// Path template with labels, and for some services a fixed query: `/2015-03-31/functions/{FunctionName}?x`.
    pub path: String,
    /// Shape of the parameters; `None`: it takes none.
    pub input: Option<ShapeId>,
    /// Shape of the answer; `None`: it has none.
    pub output: Option<ShapeId>,
    /// How its pages are followed; `None`: one answer is all.
    pub paginator: Option<Paginator>,
    /// Prefix of the host with labels, `{AccountId}.`.
    pub host_prefix: Option<String>,
    /// Element around the answer in the query protocol.
    pub(crate) result_wrapper: Option<String>,
    /// Element and namespace around the parameters in REST-XML.
    pub(crate) input_wrapper: Option<(String, Option<String>)>,
    /// The call needs no credentials (`authtype: none`).
    pub is_unsigned: bool,
    /// Why an operation that is not a read is allowed; `None`: it is a read.
    pub exception: Option<String>,
    pub(crate) iam_action: Option<String>,
    pub(crate) endpoint_set: usize,
}

impl Operation {
    /// Whether it only reads.
    pub fn is_read(&self) -> bool {
        self.exception.is_none()
    }
}

#[cfg(test)]
mod tests;
