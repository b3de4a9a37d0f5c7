//! Pages of a list operation, one at a time: memory is bounded by one page however large the estate.

use futures::stream::{self, Stream};
use serde_json::{Map, Value};

use crate::api::{Api, Call, Response};
use crate::client::failure;
use crate::error::{AwsError, ErrorKind};
use crate::models::{Models, Paginator};

/// The pages of `call`, fetched as they are asked for; the stream ends after the last page or the first error.
///
/// Operations without a paginator give one page. Parameters of the caller (filters, a page size) are kept on every page.
/// A token that comes twice is an error of kind [`ErrorKind::Malformed`]: such a list would never end, and cutting it
/// short would make resources look deleted.
pub fn pages<'a>(
    api: &'a dyn Api,
    region: &'a str,
    call: Call<'a>,
) -> impl Stream<Item = Result<Response, AwsError>> + Send + 'a {
    let paginator = Models::embedded()
        .service(call.service)
        .ok()
        .and_then(|service| service.operation(call.operation))
        .and_then(|operation| operation.paginator.as_ref());
    let state = Some(State {
        call,
        tokens: Vec::new(),
    });
    stream::try_unfold(state, move |state| async move {
        let Some(State { mut call, tokens }) = state else {
            return Ok(None);
        };
        let response = api.call(region, call.clone()).await?;
        let Some(next) = paginator.and_then(|paginator| next_tokens(paginator, &response.value)) else {
            return Ok(Some((response, None)));
        };
        if next == tokens {
            let message = "the same page token came twice, so the list would never end".to_owned();
            return Err(failure(ErrorKind::Malformed, &call, region, message));
        }
        put_tokens(paginator, &next, &mut call.params);
        Ok(Some((response, Some(State { call, tokens: next }))))
    })
}

struct State<'a> {
    call: Call<'a>,
    /// Those that `call` carries.
    tokens: Vec<Option<Value>>,
}

/// The tokens of the next page; `None`: this was the last.
fn next_tokens(paginator: &Paginator, page: &Value) -> Option<Vec<Option<Value>>> {
    if let Some(more) = &paginator.more_results
        && more.evaluate(page).is_none()
    {
        return None;
    }
    let tokens: Vec<_> = paginator
        .output_tokens
        .iter()
        .map(|path| path.evaluate(page).cloned())
        .collect();
    tokens.iter().any(Option::is_some).then_some(tokens)
}

fn put_tokens(paginator: Option<&Paginator>, tokens: &[Option<Value>], params: &mut Value) {
    if !params.is_object() {
        *params = Value::Object(Map::new());
    }
    let (Some(paginator), Some(params)) = (paginator, params.as_object_mut()) else {
        return;
    };
    for (name, token) in paginator.input_tokens.iter().zip(tokens) {
        match token {
            Some(token) => params.insert(name.clone(), token.clone()),
            None => params.remove(name),
        };
    }
}

#[cfg(test)]
mod tests;
