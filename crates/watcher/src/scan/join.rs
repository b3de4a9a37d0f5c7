//! Calls whose answers belong to many resources: joins, made once per scan, and batches of identifiers.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;

use futures::StreamExt as _;
use security_monkey_aws::{AwsError, Call, ErrorKind, pages};
use security_monkey_model::CoverageGap;
use serde_json::{Map, Value};

use super::gap;
use super::page::{Context, Tally, elements, expect_list, look, params, take};
use super::resource::{Draft, call_region};
use crate::technology::Technology;
use crate::technology::file::{BatchCall, Gather, JoinCall};

/// What one join found, by the key of the resource; nothing if its call failed.
pub(super) struct Joined<'a> {
    call: &'a JoinCall,
    fields: &'a [String],
    by_key: Option<HashMap<String, Vec<Value>>>,
}

/// Makes the joins of a technology. A failed one is a gap of its fields on every resource.
pub(super) async fn joins<'a>(
    context: &Context<'_>,
    technology: &'a Technology,
    tally: &mut Tally,
    gaps: &mut Vec<CoverageGap>,
) -> Vec<Joined<'a>> {
    let mut joined = Vec::new();
    for (call, fields) in technology.file.joins.iter().zip(&technology.join_fields) {
        let by_key = match fetch(context, technology, call, tally).await {
            Ok(by_key) => Some(by_key),
            Err(error) if error.code.as_ref().is_some_and(|code| call.absent.contains(code)) => Some(HashMap::new()),
            Err(error) => {
                gaps.extend(fields.iter().map(|field| gap::of(&error, None, Some(field.clone()))));
                None
            }
        };
        joined.push(Joined { call, fields, by_key });
    }
    joined
}

async fn fetch(
    context: &Context<'_>,
    technology: &Technology,
    join: &JoinCall,
    tally: &mut Tally,
) -> Result<HashMap<String, Vec<Value>>, AwsError> {
    let service = join.service.as_deref().unwrap_or(technology.service());
    let place = Value::Null;
    let filled = params(&join.params, &context.values(&place, None)).unwrap_or_default();
    let call = Call::new(service, &join.operation).with(filled);
    let mut by_key: HashMap<String, Vec<Value>> = HashMap::new();
    let mut pages = pin!(pages(context.api, context.region, call));
    while let Some(page) = pages.next().await {
        let mut page = page?;
        tally.page(service, &join.operation, &page.unknown);
        if !join.leaves_out_empty {
            expect_list(context.region, service, &join.operation, &join.items, &page.value)?;
        }
        for element in elements(&mut page.value, &join.items, None) {
            let Some(key) = look(&element, &join.key).and_then(Value::as_str).map(str::to_owned) else {
                continue; // belongs to no resource: an alias without a key, for one
            };
            if let Some(kept) = take(element, join.take.as_ref()) {
                by_key.entry(key).or_default().push(kept);
            }
        }
    }
    Ok(by_key)
}

impl Joined<'_> {
    /// Puts what belongs to the resource into its document.
    pub(super) fn apply(&self, context: &Context<'_>, draft: &mut Draft) {
        let Some(by_key) = &self.by_key else {
            draft.unread.extend(self.fields.iter().cloned());
            return;
        };
        let Some(key) = self.call.by.text(&context.values(&draft.document, None)) else {
            return;
        };
        let found = by_key.get(&key).map_or(&[][..], Vec::as_slice);
        let Some(members) = draft.document.as_object_mut() else {
            return;
        };
        match (&self.call.into, self.call.gather) {
            (Some(into), Gather::List) => {
                members.insert(into.clone(), Value::Array(found.to_vec()));
            }
            (Some(into), Gather::One) => {
                if let Some(value) = found.first() {
                    members.insert(into.clone(), value.clone());
                }
            }
            (None, _) => {
                for (name, value) in found.first().and_then(Value::as_object).into_iter().flatten() {
                    members.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }
}

/// Makes a batch call for these resources and puts the answers into their documents.
pub(super) async fn batch(
    context: &Context<'_>,
    technology: &Technology,
    batch: &BatchCall,
    drafts: &mut [Draft],
    tally: &mut Tally,
) {
    // Each resource is asked for where it lives.
    let mut by_region: BTreeMap<String, Vec<&mut Draft>> = BTreeMap::new();
    for draft in drafts {
        by_region
            .entry(call_region(context, technology, draft))
            .or_default()
            .push(draft);
    }
    for (region, drafts) in &mut by_region {
        for chunk in drafts.chunks_mut(batch.size.max(1)) {
            batch_in(context, technology, batch, region, chunk, tally).await;
        }
    }
}

/// Makes a batch call in one region, for at most as many resources as it takes.
async fn batch_in(
    context: &Context<'_>,
    technology: &Technology,
    batch: &BatchCall,
    region: &str,
    chunk: &mut [&mut Draft],
    tally: &mut Tally,
) {
    let keys: Vec<Option<String>> = chunk
        .iter()
        .map(|draft| batch.by.text(&context.values(&draft.document, None)))
        .collect();
    let wanted: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
    if wanted.is_empty() {
        return;
    }
    let answers = match ask(context, technology, batch, region, &wanted, tally).await {
        // One resource that was deleted meanwhile fails the call for all: ask for each alone.
        Err(error) if error.kind == ErrorKind::NotFound && wanted.len() > 1 => {
            let mut answers = Vec::new();
            for key in &wanted {
                answers.push(ask(context, technology, batch, region, &[key], tally).await);
            }
            answers
        }
        answer => vec![answer],
    };
    // Either one answer for all keys, or one for each.
    let is_each = answers.len() == wanted.len();
    let mut answers = answers.into_iter();
    let mut shared = None;
    for (draft, key) in chunk.iter_mut().zip(&keys) {
        let Some(key) = key else { continue };
        if is_each || shared.is_none() {
            shared = answers.next();
        }
        match &shared {
            Some(Ok(by_key)) => {
                let found = by_key.get(key.as_str()).map_or(&[][..], Vec::as_slice);
                put(draft, batch, found);
            }
            Some(Err(error)) if error.kind == ErrorKind::NotFound => {
                draft.note_gone(std::slice::from_ref(&batch.into), error);
            }
            Some(Err(error)) => {
                draft.unread.insert(batch.into.clone());
                draft
                    .gaps
                    .push(gap::of(error, Some(draft.id.clone()), Some(batch.into.clone())));
            }
            None => {}
        }
    }
}

async fn ask(
    context: &Context<'_>,
    technology: &Technology,
    batch: &BatchCall,
    region: &str,
    keys: &[&str],
    tally: &mut Tally,
) -> Result<HashMap<String, Vec<Value>>, AwsError> {
    let service = batch.service.as_deref().unwrap_or(technology.service());
    let place = Value::Null;
    let mut filled = params(&batch.params, &context.values(&place, None)).unwrap_or_default();
    if !filled.is_object() {
        filled = Value::Object(Map::new());
    }
    filled[&batch.ids] = Value::from(keys);
    let call = Call::new(service, &batch.operation).with(filled);
    let mut answer = super::page::whole(context, region, call, tally).await?;
    if !batch.leaves_out_empty {
        expect_list(region, service, &batch.operation, &batch.items, &answer)?;
    }
    let mut by_key: HashMap<String, Vec<Value>> = HashMap::new();
    for element in elements(&mut answer, &batch.items, None) {
        let Some(key) = look(&element, &batch.key).and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        if let Some(kept) = take(element, batch.take.as_ref()) {
            by_key.entry(key).or_default().push(kept);
        }
    }
    Ok(by_key)
}

fn put(draft: &mut Draft, batch: &BatchCall, found: &[Value]) {
    let Some(members) = draft.document.as_object_mut() else {
        return;
    };
    match batch.gather {
        Gather::List => {
            members.insert(batch.into.clone(), Value::Array(found.to_vec()));
        }
        Gather::One => {
            if let Some(value) = found.first() {
                members.insert(batch.into.clone(), value.clone());
            }
        }
    }
}
