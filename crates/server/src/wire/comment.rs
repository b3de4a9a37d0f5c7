//! Comments on resources.

use security_monkey_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person said of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    /// Its number.
    pub id: i64,
    /// Who wrote it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The text; plain, never HTML.
    pub text: String,
}

impl From<security_monkey_store::decision::Comment> for Comment {
    fn from(comment: security_monkey_store::decision::Comment) -> Self {
        Self {
            id: comment.id.0,
            by: comment.by.as_str().to_owned(),
            at: comment.at,
            text: comment.text,
        }
    }
}
