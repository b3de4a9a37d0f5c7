//! Technologies: one file says everything about one kind of thing we watch.
//!
//! [`file`] is the file as written (its types give the JSON Schema), [`Technology`] the file after all checks, [`DocumentShape`]
//! what is known about its documents before any was read.

mod check;
pub mod condition;
mod embedded;
pub mod file;
mod load;
mod locate;
mod shape;
pub mod template;

use std::fmt;
use std::sync::Arc;

use security_monkey_aws::models::Models;
use security_monkey_model::TechnologyId;
use security_monkey_model::document::{DocumentRules, Path, Segment};

pub use file::Reach;
pub use load::{SourceFile, Technologies, TechnologyFileError};
pub use shape::{DocumentShape, PathError, ValueKind};

use file::TechnologyFile;
use template::{Source, Template};

/// One kind of thing we watch, checked: every operation, parameter and path in it exists in AWS's API table.
#[derive(Clone)]
pub struct Technology {
    pub(crate) file: TechnologyFile,
    pub(crate) rules: DocumentRules,
    pub(crate) shape: DocumentShape,
    /// For each join, the document paths it fills.
    pub(crate) join_fields: Vec<Vec<String>>,
    /// For each detail call, the step it is made in: calls of one step do not depend on each other.
    pub(crate) detail_steps: Vec<usize>,
    /// For each detail call, the document paths it fills.
    pub(crate) detail_fields: Vec<Vec<String>>,
    pub(crate) models: &'static Models,
    is_built_in: bool,
    file_name: Arc<str>,
    text: Arc<str>,
}

impl Technology {
    /// Our id, `aws.s3.bucket`.
    pub const fn id(&self) -> &TechnologyId {
        &self.file.id
    }

    /// AWS's name of the kind, `AWS::S3::Bucket`.
    pub fn resource_type(&self) -> &str {
        &self.file.resource_type
    }

    /// What people call one of them, `S3 bucket`.
    pub fn title(&self) -> &str {
        &self.file.title
    }

    /// What people call many of them, `S3 buckets`.
    pub fn plural(&self) -> &str {
        &self.file.plural
    }

    /// What such a resource is and why it matters, one or two sentences.
    pub fn description(&self) -> &str {
        &self.file.description
    }

    /// AWS's page about it.
    pub fn documentation(&self) -> &str {
        &self.file.documentation
    }

    /// The AWS service of its list call, by botocore's name.
    pub fn service(&self) -> &str {
        &self.file.service
    }

    /// Whether it is scanned once per account or once per region.
    pub const fn reach(&self) -> Reach {
        self.file.reach
    }

    /// Whether it is scanned once per account.
    pub fn is_global(&self) -> bool {
        self.file.reach == Reach::Global
    }

    /// How often it is scanned unless configured otherwise, in minutes.
    pub const fn default_interval_minutes(&self) -> u32 {
        self.file.interval_minutes
    }

    /// Its ephemeral, secret and unordered paths.
    pub const fn document_rules(&self) -> &DocumentRules {
        &self.rules
    }

    /// What is known about its documents: the paths that can exist.
    pub const fn document_shape(&self) -> &DocumentShape {
        &self.shape
    }

    /// Whether a document can have this path, `IpPermissions[].IpRanges[].CidrIp`.
    pub fn has_path(&self, path: &str) -> bool {
        self.shape.check(path).is_ok()
    }

    /// What tells the elements of a list apart (its path ends in `[]`): what the calls made for each of them ask with. Empty:
    /// no call is made for them.
    pub fn element_keys(&self, list: &[Segment]) -> Vec<Path> {
        let mut keys = Vec::new();
        for call in &self.file.details {
            if call.each.as_ref().is_some_and(|each| each.segments() == list) {
                call.params.values().for_each(|value| paths_of_each(value, &mut keys));
            }
        }
        keys
    }

    /// Technologies its resources refer to, sorted, each once.
    pub fn links_to(&self) -> Vec<&TechnologyId> {
        let mut targets: Vec<&TechnologyId> = self.file.links.iter().map(|link| &link.to).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// Whether it comes with the program; false: from the user's folder.
    pub const fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// The file it was read from.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The file as written.
    pub const fn file(&self) -> &TechnologyFile {
        &self.file
    }

    /// Every operation it calls, as (service, operation), sorted, each once.
    pub fn operations(&self) -> Vec<(&str, &str)> {
        let mut operations: Vec<(&str, &str)> = self.file.calls().map(|call| (call.service, call.operation)).collect();
        operations.sort_unstable();
        operations.dedup();
        operations
    }

    /// The IAM actions it needs, `s3:GetBucketPolicy`, sorted, each once.
    pub fn iam_actions(&self) -> Vec<String> {
        let mut actions: Vec<String> = self
            .operations()
            .into_iter()
            .filter_map(|(service, operation)| {
                let service = self.models.service(service).ok()?;
                Some(service.iam_action(service.operation(operation)?))
            })
            .chain(self.file.permissions.iter().cloned())
            .collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }
}

/// The paths after `@each.` in a parameter.
fn paths_of_each(value: &toml::Value, found: &mut Vec<Path>) {
    match value {
        toml::Value::String(text) => {
            let template = Template::parse(text).ok();
            for source in template.iter().flat_map(Template::sources) {
                if let Source::Each(Some(path)) = source
                    && !found.contains(path)
                {
                    found.push(path.clone());
                }
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| paths_of_each(value, found)),
        toml::Value::Table(members) => members.values().for_each(|value| paths_of_each(value, found)),
        _ => {}
    }
}

impl fmt::Debug for Technology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Technology")
            .field("file", &self.file)
            .field("file_name", &self.file_name)
            .finish_non_exhaustive()
    }
}
