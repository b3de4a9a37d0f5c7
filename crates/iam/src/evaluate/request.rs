//! A request: who asks, for what, on which resource, with which context.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// A request to AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// `service:Name`.
    pub action: String,
    /// ARN of the resource asked for, or `*` where the action has none.
    pub resource: String,
    /// The account that owns the resource.
    pub resource_account: Option<String>,
    /// The context keys.
    pub context: Context,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Caller {
    /// Somebody without credentials.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account id.
        account: String,
    },
    /// An IAM user.
    User {
        /// `arn:aws:iam::111111111111:user/path/name`.
        arn: String,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:iam::111111111111:role/path/name`.
        role_arn: String,
        /// The session's name.
        session: String,
    },
    /// An AWS service acting by itself.
    Service {
        /// `sns.amazonaws.com`.
        name: String,
    },
    /// Somebody with a token of an identity provider, before assuming a role.
    Federated {
        /// The provider: its ARN, or the host of a public one.
        provider: String,
    },
}

/// Context keys with their values; keys compare without case, so they are kept in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Context {
    keys: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets all values of a key.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        self.keys.insert(key.to_ascii_lowercase(), values);
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        self.keys.remove(&key.to_ascii_lowercase());
    }

    /// The values of a key; `None` if the request does not have it.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.keys.get(&key.to_ascii_lowercase())
        } else {
            self.keys.get(key)
        }
        .map(Vec::as_slice)
    }

    /// All keys with their values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.keys.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

impl Caller {
    /// The account the caller belongs to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } => Some(account),
            Self::User { arn } => crate::arn::account_of(arn),
            Self::RoleSession { role_arn, .. } => crate::arn::account_of(role_arn),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }

    /// The value of `aws:PrincipalArn`: for a session that of its role. Source: "AWS global condition context keys".
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { arn } => Some(arn.clone()),
            Self::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => formatter.write_str("anybody, without credentials"),
            Self::Root { account } => write!(formatter, "arn:aws:iam::{account}:root"),
            Self::User { arn } => formatter.write_str(arn),
            Self::RoleSession { role_arn, session } => write!(formatter, "{role_arn} (session {session})"),
            Self::Service { name } => formatter.write_str(name),
            Self::Federated { provider } => write!(formatter, "a user of {provider}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} asks for {} on {}",
            self.caller, self.action, self.resource
        )?;
        for (position, (key, values)) in self.context.iter().enumerate() {
            write!(
                formatter,
                "{}{key}={}",
                if position == 0 { " with " } else { ", " },
                values.join("|")
            )?;
        }
        Ok(())
    }
}
