//! Technologies as the API shows them.

use security_monkey_model::TechnologyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Our definition of one kind of thing we watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Technology {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TechnologyId,
    /// AWS's name for it.
    #[schema(example = "AWS::S3::Bucket")]
    pub resource_type: String,
    /// For people.
    #[schema(example = "S3 bucket")]
    pub title: String,
    /// AWS's name of the service.
    #[schema(example = "s3")]
    pub service: String,
    /// Whether one scan covers every region.
    pub is_global: bool,
}
