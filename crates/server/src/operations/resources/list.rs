//! `GET /api/v1/resources`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, Region, TechnologyId, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::page::PageOf;
use crate::wire::page::page;
use crate::wire::resource::ResourceSummary;
use crate::wire::words::score;
use axum::extract::State;
use security_monkey_store::resource::{ResourceFilter, ResourceOrder};

operation!(Access::Role(Role::View));

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// As they were first recorded.
    FirstSeen,
    /// Worst open finding first.
    Score,
    /// Last changed first.
    Changed,
    /// By name.
    Name,
}

/// Which resources.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Only these accounts.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    account: Vec<AccountId>,
    /// Only these regions.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    region: Vec<Region>,
    /// Only these technologies.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    technology: Vec<TechnologyId>,
    /// Text in the name, the id or the ARN.
    name: Option<String>,
    /// Words in the configuration; all must occur.
    text: Option<String>,
    /// Only with this tag: `key` or `key=value`.
    tag: Option<String>,
    /// In which order; left out: as they were first recorded.
    #[param(inline)]
    order: Option<Order>,
    /// Only active (true) or only deleted (false) ones.
    is_active: Option<bool>,
    /// Only with an open finding of at least this score.
    #[param(minimum = 0, maximum = 10)]
    min_score: Option<u8>,
    /// The estate as it stood at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// The cursor `next` of the page before; leave it out for the first page.
    after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
}

/// Resources, in the order asked for.
///
/// Filters of different names must all hold; a repeated name means any of its values. With `as_of` the list is the
/// estate as it stood at that instant; `is_active`, `min_score`, `text` and `tag` still speak of now.
#[utoipa::path(
    get,
    path = "/api/v1/resources",
    operation_id = "listResources",
    tag = "resources",
    params(Parameters),
    responses((status = 200, description = "A page of resources", body = PageOf<ResourceSummary>))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PageOf<ResourceSummary>>, Problem> {
    let page = page(parameters.after, parameters.limit)?;
    let filter = ResourceFilter {
        accounts: parameters.account,
        regions: parameters.region,
        technologies: parameters.technology,
        name: parameters.name.filter(|name| !name.is_empty()),
        text: parameters.text.filter(|text| !text.trim().is_empty()),
        tag: parameters
            .tag
            .filter(|tag| !tag.is_empty())
            .map(|tag| match tag.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (tag, None),
            }),
        active: parameters.is_active,
        min_score: score(parameters.min_score)?,
        as_of: parameters.as_of,
        order: match parameters.order {
            None | Some(Order::FirstSeen) => ResourceOrder::Row,
            Some(Order::Score) => ResourceOrder::Score,
            Some(Order::Changed) => ResourceOrder::Changed,
            Some(Order::Name) => ResourceOrder::Name,
        },
    };
    let resources = state.store.resources(&filter, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(resources, ResourceSummary::from)))
}
