//! Accounts: the unit of ownership and of credentials.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identifier::{Region, TechnologyId, text_id};

text_id!(
    /// An AWS account's number: twelve digits.
    AccountId,
    "an account id",
    "twelve digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
);

/// What an account is to us; rules read it to say same / friendly / third-party / unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// We own it and scan it.
    Watched,
    /// We own it (or trust it as our own) but do not scan it.
    Friendly,
    /// Somebody else's, known by name (a vendor, a partner).
    ThirdParty,
}

impl AccountKind {
    /// The kind's text in API, database and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Friendly => "friendly",
            Self::ThirdParty => "third-party",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Watched, Self::Friendly, Self::ThirdParty]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One hop of a role chain into an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumeRole {
    /// The role to assume, `arn:aws:iam::123456789012:role/SecurityMonkey`.
    pub role_arn: String,
    /// The external id the role's trust policy asks for, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// An account as the operator has configured it. Data, not configuration of the process: it changes without a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The AWS account number.
    pub id: AccountId,
    /// What people call it; unique.
    pub name: String,
    /// What it is to us.
    pub kind: AccountKind,
    /// Whether a watched account is scanned now.
    pub enabled: bool,
    /// Roles to assume one after another from the process's own credentials; empty: the credentials are the account's own.
    pub role_chain: Vec<AssumeRole>,
    /// Regions to scan; empty: every region that is switched on for the account.
    pub regions: Vec<Region>,
    /// Technologies to leave out.
    pub excluded_technologies: Vec<TechnologyId>,
    /// Free text of the operator.
    pub notes: String,
    /// Where the account's notifications go besides the global subscriptions (addresses).
    pub contacts: Vec<String>,
}

impl Account {
    /// A watched, enabled account scanned with the process's own credentials in every region.
    pub fn watched(id: AccountId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            kind: AccountKind::Watched,
            enabled: true,
            role_chain: Vec::new(),
            regions: Vec::new(),
            excluded_technologies: Vec::new(),
            notes: String::new(),
            contacts: Vec::new(),
        }
    }

    /// Whether scans of this account are due at all.
    pub fn is_scanned(&self) -> bool {
        self.enabled && self.kind == AccountKind::Watched
    }
}
