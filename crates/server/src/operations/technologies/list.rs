//! `GET /api/v1/technologies`

use security_monkey_model::Role;
use security_monkey_model::TechnologyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Role(Role::View));

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

/// Every technology that is loaded.
#[utoipa::path(
    get,
    path = "/api/v1/technologies",
    operation_id = "listTechnologies",
    tag = "technologies",
    responses((status = 200, description = "The technologies, by id", body = Vec<Technology>))
)]
async fn handle() -> Result<Json<Vec<Technology>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
