//! What stands around a policy: whose it is, what else binds or grants, whom we know. Read from a file that people write, or
//! filled in by the caller. Where AWS's own answers are wanted (an ACL, grants), they are taken as the AWS CLI prints them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cidr::read_network;
use crate::directory::AccountDirectory;
use crate::document::{Policy, Statement};
use crate::evaluate::{GrantConstraints, KeyGrant};
use crate::parse::{self, ParseError, Parsed, PolicyKind};
use crate::reach::{AclGrant, BlockPublicAccess, Grantee, ObjectOwnership};

/// What kind of document a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of a user, group or role.
    Identity,
    /// Of a resource.
    Resource,
    /// Of a role: who may assume it.
    Trust,
    /// Of an S3 bucket, under ACL, object ownership and block public access.
    Bucket,
    /// Of a KMS key, beside its grants.
    Key,
    /// Of a Lambda function, beside its URL.
    Function,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

impl Kind {
    /// Every kind, with its name.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Identity, "identity"),
        (Self::Resource, "resource"),
        (Self::Trust, "trust"),
        (Self::Bucket, "bucket"),
        (Self::Key, "key"),
        (Self::Function, "function"),
        (Self::Boundary, "boundary"),
        (Self::Session, "session"),
        (Self::ServiceControl, "service-control"),
        (Self::ResourceControl, "resource-control"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }

    /// What the document most likely is: by its principals, and by the resource it is attached to.
    pub fn guess(policy: &Policy, resource: Option<&str>) -> Self {
        if !policy.statements.iter().any(|statement| statement.principal.is_some()) {
            return Self::Identity;
        }
        match resource.and_then(crate::arn::Arn::read).map(|arn| arn.service) {
            Some("s3") => return Self::Bucket,
            Some("kms") => return Self::Key,
            Some("lambda") => return Self::Function,
            Some("iam") => return Self::Trust,
            Some(_) => return Self::Resource,
            None => {}
        }
        // Policies of repositories have no Resource either.
        let is_about_sessions = |statement: &Statement| {
            let mut actions = statement.action.patterns.iter();
            statement.resource.is_none()
                && actions.all(|pattern| {
                    pattern
                        .text
                        .get(..4)
                        .is_none_or(|text| text.eq_ignore_ascii_case("sts:"))
                })
        };
        if policy.statements.iter().all(is_about_sessions) {
            Self::Trust
        } else {
            Self::Resource
        }
    }

    /// What [`super::explain`] answers for a document of this kind.
    pub(super) fn asks(self) -> Asks {
        match self {
            Self::Identity => Asks::WhatItAllows,
            Self::Boundary | Self::Session | Self::ServiceControl | Self::ResourceControl => Asks::WhatItLeaves,
            Self::Resource | Self::Trust | Self::Bucket | Self::Key | Self::Function => Asks::WhoReaches,
        }
    }

    /// The kinds with that answer.
    pub(super) fn asking(asks: Asks) -> Vec<Self> {
        let kinds = Self::ALL.iter().map(|(kind, _)| *kind);
        kinds.filter(|kind| kind.asks() == asks).collect()
    }

    /// How the reader should take it.
    pub fn for_reader(self) -> PolicyKind {
        match self {
            Self::Identity | Self::Boundary | Self::Session => PolicyKind::Identity,
            Self::Resource | Self::Bucket | Self::Key | Self::Function => PolicyKind::Resource,
            Self::Trust => PolicyKind::Trust,
            Self::ServiceControl => PolicyKind::ServiceControl,
            Self::ResourceControl => PolicyKind::ResourceControl,
        }
    }
}

/// What a document is explained by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    WhoReaches,
    WhatItAllows,
    WhatItLeaves,
}

/// A policy with its name and, where it was read from text, the text.
#[derive(Debug, Clone)]
pub struct Paper {
    /// File name, or what it is.
    pub name: String,
    /// The policy.
    pub policy: Policy,
    /// The text it was read from.
    pub text: Option<String>,
}

impl Paper {
    /// Reads a policy from text, leniently; a document without a Statement is an error.
    pub fn read(name: impl Into<String>, text: impl Into<String>) -> Result<Self, ParseError> {
        let text = text.into();
        let parsed = parse::parse(&text, parse::Options::default())?.with_statement()?;
        Ok(Self {
            name: name.into(),
            policy: parsed.policy,
            text: parsed.text.or(Some(text)),
        })
    }
}

/// What stands around a policy. An absent layer does not exist.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The kind of the document; guessed if `None`.
    pub kind: Option<Kind>,
    /// The account that the document belongs to.
    pub account: Option<String>,
    /// The account that owns the resource asked for, where that is another one.
    pub resource_account: Option<String>,
    /// ARN of the resource that the policy is attached to, or that is asked for.
    pub resource: Option<String>,
    /// Whom we know, without point of view.
    pub directory: AccountDirectory,
    /// Further policies of the identity.
    pub identity: Vec<Paper>,
    /// Its permissions boundary.
    pub boundary: Option<Paper>,
    /// Session policies.
    pub session: Vec<Paper>,
    /// Service control policies, one list for each level.
    pub service_control: Vec<Vec<Paper>>,
    /// Resource control policies, one list for each level.
    pub resource_control: Vec<Vec<Paper>>,
    /// The policy of the resource asked for.
    pub resource_policy: Option<Paper>,
    /// The grants of the bucket's ACL.
    pub acl: Vec<AclGrant>,
    /// Canonical user id of the bucket's owner.
    pub owner_canonical_id: Option<String>,
    /// Whether the bucket's ACL counts.
    pub object_ownership: ObjectOwnership,
    /// Block public access of the bucket.
    pub bucket_block: BlockPublicAccess,
    /// Block public access of the account.
    pub account_block: BlockPublicAccess,
    /// Grants of the key.
    pub grants: Vec<KeyGrant>,
    /// `NONE` or `AWS_IAM`, if the function has a URL.
    pub function_url_auth: Option<String>,
}

/// Why a file of surroundings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SurroundingsError {
    /// Not JSON, or members that do not exist.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// One of its networks is none.
    #[error("networks: {0:?} is no address or network; write it like 203.0.113.0/24")]
    Network(String),
    /// A policy in it cannot be read.
    #[error("{member}: {source}")]
    Policy {
        /// The member it stands under.
        member: String,
        /// Why not.
        source: ParseError,
    },
}

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with members such as \"account\" or \"boundary\""
)]
struct File {
    kind: Option<Kind>,
    account: Option<String>,
    resource_account: Option<String>,
    resource: Option<String>,
    friendly: BTreeMap<String, String>,
    third_parties: BTreeMap<String, String>,
    organisations: Vec<String>,
    canonical_users: BTreeMap<String, String>,
    networks: Vec<String>,
    vpcs: Vec<String>,
    vpc_endpoints: Vec<String>,
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Vec<Value>,
    service_control: Vec<Vec<Value>>,
    resource_control: Vec<Vec<Value>>,
    resource_policy: Option<Value>,
    acl: Acl,
    object_ownership: Option<ObjectOwnership>,
    public_access_block: PublicAccess,
    account_public_access_block: PublicAccess,
    grants: Grants,
    function_url_auth: Option<String>,
}

/// As `aws s3api get-bucket-acl` prints it.
#[derive(Debug, Default, Deserialize)]
#[serde(
    rename_all = "PascalCase",
    default,
    expecting = "an ACL as `aws s3api get-bucket-acl` prints it"
)]
struct Acl {
    owner: Owner,
    grants: Vec<AclEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "the owner of an ACL, an object")]
struct Owner {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a grant of an ACL, an object")]
struct AclEntry {
    grantee: AclGrantee,
    permission: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "Type")]
enum AclGrantee {
    Group {
        #[serde(rename = "URI")]
        uri: String,
    },
    CanonicalUser {
        #[serde(rename = "ID")]
        id: String,
    },
    AmazonCustomerByEmail {
        #[serde(rename = "EmailAddress")]
        address: String,
    },
}

/// As `aws s3api get-public-access-block` prints it, with or without the member around it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object as `aws s3api get-public-access-block` prints it")]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own four switches")]
struct PublicAccess {
    #[serde(rename = "PublicAccessBlockConfiguration")]
    inner: Option<Box<PublicAccess>>,
    #[serde(rename = "BlockPublicAcls")]
    block_public_acls: bool,
    #[serde(rename = "IgnorePublicAcls")]
    ignore_public_acls: bool,
    #[serde(rename = "BlockPublicPolicy")]
    block_public_policy: bool,
    #[serde(rename = "RestrictPublicBuckets")]
    restrict_public_buckets: bool,
}

impl From<PublicAccess> for BlockPublicAccess {
    fn from(block: PublicAccess) -> Self {
        match block.inner {
            Some(inner) => Self::from(*inner),
            None => Self {
                block_public_acls: block.block_public_acls,
                ignore_public_acls: block.ignore_public_acls,
                block_public_policy: block.block_public_policy,
                restrict_public_buckets: block.restrict_public_buckets,
            },
        }
    }
}

/// As `aws kms list-grants` prints it, or the bare list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Grants {
    Answer {
        #[serde(rename = "Grants")]
        grants: Vec<Grant>,
    },
    List(Vec<Grant>),
}

impl Default for Grants {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a grant of a key, an object")]
struct Grant {
    #[serde(rename = "GrantId", default)]
    id: String,
    grantee_principal: Option<String>,
    grantee_service_principal: Option<String>,
    retiring_principal: Option<String>,
    operations: Vec<String>,
    #[serde(default)]
    constraints: Constraints,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    rename_all = "PascalCase",
    default,
    expecting = "the constraints of a grant, an object"
)]
struct Constraints {
    encryption_context_equals: Option<BTreeMap<String, String>>,
    encryption_context_subset: Option<BTreeMap<String, String>>,
    source_arn: Option<String>,
}

impl Surroundings {
    /// Reads a file of surroundings.
    pub fn read(text: &str) -> Result<Self, SurroundingsError> {
        let file: File = serde_json::from_str(text)?;
        let paper = |member: String, value: &Value| -> Result<Paper, SurroundingsError> {
            match parse::from_value(value, PolicyKind::Any).and_then(Parsed::with_statement) {
                Ok(parsed) => Ok(Paper {
                    name: member,
                    policy: parsed.policy,
                    text: None,
                }),
                Err(source) => Err(SurroundingsError::Policy { member, source }),
            }
        };
        let list = |member: &str, values: &[Value]| -> Result<Vec<Paper>, SurroundingsError> {
            let numbered = values.iter().enumerate();
            numbered
                .map(|(place, value)| paper(format!("{member}[{place}]"), value))
                .collect()
        };
        let levels = |member: &str, levels: &[Vec<Value>]| -> Result<Vec<Vec<Paper>>, SurroundingsError> {
            let numbered = levels.iter().enumerate();
            numbered
                .map(|(place, values)| list(&format!("{member}[{place}]"), values))
                .collect()
        };
        let one = |member: &str, value: Option<&Value>| value.map(|value| paper(member.to_owned(), value)).transpose();
        let mut directory = AccountDirectory::new();
        for (id, name) in file.friendly {
            directory = directory.with_friendly(id, name);
        }
        for (id, name) in file.third_parties {
            directory = directory.with_third_party(id, name);
        }
        for (id, account) in file.canonical_users {
            directory = directory.with_canonical_user(id, account);
        }
        directory = file
            .organisations
            .into_iter()
            .fold(directory, AccountDirectory::with_organisation);
        for text in file.networks {
            let network = read_network(&text).ok_or(SurroundingsError::Network(text))?;
            directory = directory.with_network(network);
        }
        directory = file.vpcs.into_iter().fold(directory, AccountDirectory::with_vpc);
        directory = file
            .vpc_endpoints
            .into_iter()
            .fold(directory, AccountDirectory::with_vpc_endpoint);
        let acl = file.acl.grants.into_iter().map(|entry| AclGrant {
            grantee: match entry.grantee {
                AclGrantee::Group { uri } => Grantee::Group { uri },
                AclGrantee::CanonicalUser { id } => Grantee::CanonicalUser { id },
                AclGrantee::AmazonCustomerByEmail { address } => Grantee::Email { address },
            },
            permission: entry.permission,
        });
        let (Grants::Answer { grants } | Grants::List(grants)) = file.grants;
        Ok(Self {
            kind: file.kind,
            account: file.account,
            resource_account: file.resource_account,
            resource: file.resource,
            directory,
            identity: list("identity", &file.identity)?,
            boundary: one("boundary", file.boundary.as_ref())?,
            session: list("session", &file.session)?,
            service_control: levels("service_control", &file.service_control)?,
            resource_control: levels("resource_control", &file.resource_control)?,
            resource_policy: one("resource_policy", file.resource_policy.as_ref())?,
            acl: acl.collect(),
            owner_canonical_id: file.acl.owner.id,
            object_ownership: file.object_ownership.unwrap_or_default(),
            bucket_block: file.public_access_block.into(),
            account_block: file.account_public_access_block.into(),
            grants: grants
                .into_iter()
                .map(|grant| KeyGrant {
                    id: grant.id,
                    retiring: grant.retiring_principal,
                    grantee: grant
                        .grantee_principal
                        .or(grant.grantee_service_principal)
                        .unwrap_or_default(),
                    operations: grant.operations,
                    constraints: GrantConstraints {
                        encryption_context_equals: grant.constraints.encryption_context_equals,
                        encryption_context_subset: grant.constraints.encryption_context_subset,
                        source_arn: grant.constraints.source_arn,
                    },
                })
                .collect(),
            function_url_auth: file.function_url_auth,
        })
    }
}
