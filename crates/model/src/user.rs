//! People and what they may do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identifier::text_id;

text_id!(
    /// A user's e-mail address, their identity here; lower case.
    UserEmail,
    "an e-mail address",
    "something@domain in lower case, at most 254 bytes",
    |text| {
        text.len() <= 254
            && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
            && !text.chars().any(|character| character.is_whitespace() || character.is_control() || character.is_uppercase())
    }
);

/// What a user may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read everything.
    View,
    /// And comment.
    Comment,
    /// And justify findings.
    Justify,
    /// And administer accounts, users and settings.
    Admin,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 4] = [Self::View, Self::Comment, Self::Justify, Self::Admin];

    /// The role's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Comment => "comment",
            Self::Justify => "justify",
            Self::Admin => "admin",
        }
    }

    /// The role with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
