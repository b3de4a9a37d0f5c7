//! Accounts as the API shows and takes them.

use security_monkey_model::{self as model, AccountId, Region, TechnologyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::AccountKind;
use crate::problem::Problem;

/// One hop of a role chain into an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumeRole {
    /// The role to assume.
    #[schema(example = "arn:aws:iam::123456789012:role/SecurityMonkey")]
    pub role_arn: String,
    /// The external id the role's trust policy asks for; null: none, or the reader is no admin.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// What an admin says of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// What people call it; unique; 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is to us.
    pub kind: AccountKind,
    /// Whether a watched account is scanned now.
    pub is_enabled: bool,
    /// Roles to assume one after another from the process's own credentials; empty: these credentials are the account's own.
    #[serde(default)]
    pub role_chain: Vec<AssumeRole>,
    /// Regions to scan; empty: every region that is switched on for the account.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub regions: Vec<Region>,
    /// Technologies to leave out.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub excluded_technologies: Vec<TechnologyId>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
    /// Addresses that the account's notifications go to besides the subscriptions.
    #[serde(default)]
    pub contacts: Vec<String>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// The AWS account number.
    #[schema(value_type = String, example = "123456789012")]
    pub id: AccountId,
    /// What an admin said of it.
    #[serde(flatten)]
    pub settings: AccountSettings,
}

impl Account {
    /// The account as a reader with this role sees it: external ids are for admins.
    pub fn seen_by(account: model::Account, role: model::Role) -> Self {
        let is_admin = role == model::Role::Admin;
        Self {
            id: account.id,
            settings: AccountSettings {
                name: account.name,
                kind: account.kind.into(),
                is_enabled: account.enabled,
                role_chain: account
                    .role_chain
                    .into_iter()
                    .map(|hop| AssumeRole {
                        role_arn: hop.role_arn,
                        external_id: hop.external_id.filter(|_| is_admin),
                    })
                    .collect(),
                regions: account.regions,
                excluded_technologies: account.excluded_technologies,
                notes: account.notes,
                contacts: account.contacts,
            },
        }
    }
}

impl AccountSettings {
    /// Refuses texts too long to keep; the engine checks the rest.
    pub(crate) fn checked(self) -> Result<Self, Problem> {
        let wanted = |what: &str| Err(Problem::invalid(format!("body: {what}")));
        if self.notes.chars().count() > 10_000 {
            return wanted("notes: at most 10,000 characters are kept");
        }
        if self.contacts.len() > 100
            || self
                .contacts
                .iter()
                .any(|contact| !contact.contains('@') || contact.len() > 254)
        {
            return wanted("contacts: at most 100 e-mail addresses");
        }
        Ok(self)
    }

    /// The account with this number and these settings.
    pub fn into_account(self, id: AccountId) -> model::Account {
        model::Account {
            id,
            name: self.name,
            kind: self.kind.into(),
            enabled: self.is_enabled,
            role_chain: self
                .role_chain
                .into_iter()
                .map(|hop| model::AssumeRole {
                    role_arn: hop.role_arn,
                    external_id: hop.external_id,
                })
                .collect(),
            regions: self.regions,
            excluded_technologies: self.excluded_technologies,
            notes: self.notes,
            contacts: self.contacts,
        }
    }
}
