//! A technology file as written. The doc comments of this module are the text of its JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use security_monkey_model::TechnologyId;
use security_monkey_model::document::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::Condition;
use super::template::Template;

/// Everything about one kind of thing we watch. The file's path below the technologies folder is its id:
/// `aws/s3/bucket.toml` is `aws.s3.bucket`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Technology file")]
pub struct TechnologyFile {
    /// Our id: provider, service, kind.
    pub id: TechnologyId,
    /// AWS's name of the kind, as in CloudFormation or AWS Config: `AWS::S3::Bucket`.
    pub resource_type: String,
    /// What people call one: `S3 bucket`.
    pub title: String,
    /// What people call many: `S3 buckets`.
    pub plural: String,
    /// What it is and why it matters, one or two sentences.
    pub description: String,
    /// AWS's page about it.
    pub documentation: String,
    /// botocore's name of the service the calls go to, unless a call names another.
    pub service: String,
    /// Scanned once per account, or once per region.
    pub reach: Reach,
    /// How often it is scanned unless configured otherwise, in minutes.
    #[serde(default = "default_interval_minutes")]
    pub interval_minutes: u32,
    /// IAM actions needed besides those of the calls.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Calls that list the resources. None: there is exactly one per account (and region, if regional), filled by its detail calls.
    #[serde(default, rename = "list")]
    pub lists: Vec<ListCall>,
    /// Where the resource's own properties are.
    pub resource: ResourceFields,
    /// Calls made for each resource.
    #[serde(default, rename = "detail")]
    pub details: Vec<DetailCall>,
    /// Calls made for many resources at a time.
    #[serde(default, rename = "batch")]
    pub batches: Vec<BatchCall>,
    /// Calls made once per scan, whose elements belong to the resources.
    #[serde(default, rename = "join")]
    pub joins: Vec<JoinCall>,
    /// References to resources of other technologies.
    #[serde(default, rename = "link")]
    pub links: Vec<LinkRule>,
    /// How its documents are read.
    #[serde(default)]
    pub document: DocumentSection,
}

const fn default_interval_minutes() -> u32 {
    60
}

/// Where a technology is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Once per account: the service has no regions, or lists all of them at one place.
    Global,
    /// Once per region.
    Regional,
}

/// A call that lists resources. All its pages are read. Technologies with the same call share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCall {
    /// Another service than the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// AWS's name of the operation.
    pub operation: String,
    /// Its parameters; texts may hold `{@account}`, `{@region}` and `{@partition}`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub params: toml::Table,
    /// Path of the elements in the answer, ending in `[]`. Each becomes a document.
    pub items: Path,
    /// Elements are plain texts: the member their text is put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Elements stand in lists inside a list (`Reservations[].Instances[]`): the member that the rest of the outer element is put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Only elements that meet all of these are resources of this technology.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// For calls that show elements of other regions too: path of the region an element lives in. It is a resource there; where that
    /// region is not scanned, of the first region that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Path>,
    /// Error codes that mean "there are none".
    #[serde(default)]
    pub absent: Vec<String>,
    /// AWS leaves the list out of its answer when it is empty. Of any other call an answer without its list is no answer: it is a
    /// coverage gap, and nothing counts as deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_out_empty: bool,
}

/// Where a resource's own properties are in its document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceFields {
    /// AWS's stable identifier, the key of the resource's history. May use only what the list call gives.
    pub id: Template,
    /// What people call it; else the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Template>,
    /// Its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<Template>,
    /// The region it lives in, for resources listed globally; its detail calls go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Template>,
    /// Path of its tags: a list of key and value, or a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Path>,
}

/// A call made for each resource (or for each element of one of its lists). All its pages are read and put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailCall {
    /// Another service than the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// AWS's name of the operation.
    pub operation: String,
    /// Its parameters; texts may hold paths of the document, `{Name}`, and of the element, `{@each.AccessKeyId}`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub params: toml::Table,
    /// Call it for each element of this list of the document; `into` is then a member of the element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Path>,
    /// Call it only for resources that meet all of these.
    #[serde(default, rename = "when")]
    pub conditions: Vec<Condition>,
    /// The part of the answer to keep; else all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Path>,
    /// The member of the document to put it in; else its members become members of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// Error codes that mean "there is none"; any other is a coverage gap of the field.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Paths in the answer, before anything is taken: AWS always sends one of them at least. An answer without any is no answer but a
    /// coverage gap of the field. For calls that keep all of the answer, or take a single value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Path>,
    /// AWS leaves what is taken out of its answer when there is none. Of any other call an answer without the list or map it takes, or
    /// without what its `absent` codes would say is not there, is no answer but a coverage gap of the field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_out_empty: bool,
}

/// A call made for many resources at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchCall {
    /// Another service than the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// AWS's name of the operation.
    pub operation: String,
    /// Its parameters besides the identifiers.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub params: toml::Table,
    /// The parameter that takes the list of identifiers.
    pub ids: String,
    /// The identifier of a resource in that list.
    pub by: Template,
    /// The most identifiers AWS takes in one call.
    pub size: usize,
    /// Path of the elements in the answer, ending in `[]`.
    pub items: Path,
    /// Path in an element of the identifier it belongs to.
    pub key: Path,
    /// The part of an element to keep; else all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Path>,
    /// The member of the document to put it in.
    pub into: String,
    /// One element per resource, or a list of them.
    #[serde(default)]
    pub gather: Gather,
    /// AWS leaves the list out of its answer when it is empty; of any other call an answer without its list is a coverage gap.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_out_empty: bool,
}

/// A call made once per scan, whose elements belong to the resources. Its answers are held in memory during the scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCall {
    /// Another service than the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// AWS's name of the operation.
    pub operation: String,
    /// Its parameters; texts may hold `{@account}`, `{@region}` and `{@partition}`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub params: toml::Table,
    /// Path of the elements in the answer, ending in `[]`.
    pub items: Path,
    /// Path in an element of the identifier of its resource.
    pub key: Path,
    /// The same identifier in the resource.
    pub by: Template,
    /// The part of an element to keep; else all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Path>,
    /// The member of the document to put it in; else its members that the document does not have yet become members of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// One element per resource, or a list of them.
    #[serde(default)]
    pub gather: Gather,
    /// Error codes that mean "there are none".
    #[serde(default)]
    pub absent: Vec<String>,
    /// AWS leaves the list out of its answer when it is empty; of any other call an answer without its list is a coverage gap.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_out_empty: bool,
}

/// How many elements belong to one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gather {
    /// At most one: its value is the member's value; the member is absent when there is none.
    #[default]
    One,
    /// Any number: the member is a list, empty when there is none.
    List,
}

/// A reference to resources of another technology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRule {
    /// The technology pointed to.
    pub to: TechnologyId,
    /// Path of the identifier or ARN of the other resource.
    pub by: Path,
    /// How to write the other resource's identifier or ARN when the value alone (`{@each}`) is neither.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub written_as: Option<Template>,
    /// What the link means, `is attached to`; for the graph of related resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

/// How documents are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentSection {
    /// Changes there are no revision: counters, last-used dates.
    #[serde(default)]
    pub ephemeral: Vec<Path>,
    /// Kept as a salted digest, never the value.
    #[serde(default)]
    pub secret: Vec<Path>,
    /// Lists whose order means nothing.
    #[serde(default)]
    pub unordered: Vec<Path>,
    /// Texts that hold JSON: kept as what they hold.
    #[serde(default)]
    pub json: Vec<Path>,
}

/// A call of a technology, whichever table it stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallUse<'a> {
    /// The service.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// The document member it fills; none: the document itself.
    pub into: Option<&'a str>,
    /// Which table it stands in: `list`, `detail`, `batch` or `join`.
    pub table: &'static str,
}

impl TechnologyFile {
    /// All calls, lists first.
    pub fn calls(&self) -> impl Iterator<Item = CallUse<'_>> {
        let own = self.service.as_str();
        let lists = self.lists.iter().map(move |call| CallUse {
            service: call.service.as_deref().unwrap_or(own),
            operation: &call.operation,
            into: None,
            table: "list",
        });
        let joins = self.joins.iter().map(move |call| CallUse {
            service: call.service.as_deref().unwrap_or(own),
            operation: &call.operation,
            into: call.into.as_deref(),
            table: "join",
        });
        let batches = self.batches.iter().map(move |call| CallUse {
            service: call.service.as_deref().unwrap_or(own),
            operation: &call.operation,
            into: Some(&call.into),
            table: "batch",
        });
        let details = self.details.iter().map(move |call| CallUse {
            service: call.service.as_deref().unwrap_or(own),
            operation: &call.operation,
            into: call.into.as_deref(),
            table: "detail",
        });
        lists.chain(joins).chain(batches).chain(details)
    }
}
