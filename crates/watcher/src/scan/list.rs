//! Follows the list calls of a scan and sends what it finds.

use std::collections::HashMap;
use std::pin::pin;

use futures::channel::mpsc;
use futures::future::ready;
use futures::stream::{self, Stream, StreamExt as _};
use futures::{FutureExt as _, SinkExt as _};
use security_monkey_aws::{Api, Call, pages};
use security_monkey_model::document::Salt;
use security_monkey_model::{CoverageGap, ResourceId};
use serde_json::{Map, Value};

use super::join::{Joined, batch, joins};
use super::page::{Context, Tally, do_overlap, elements, expect_list, params};
use super::resource::{Draft, Finished, details, finish};
use super::{Limits, ScanItem, ScanPlace, gap};
use crate::regions::call_region;
use crate::technology::Technology;
use crate::technology::file::ListCall;

pub(super) fn scan<'a>(
    salt: &'a Salt,
    limits: Limits,
    api: &'a dyn Api,
    place: &'a ScanPlace,
    technologies: &'a [&'a Technology],
) -> impl Stream<Item = ScanItem> + Send + 'a {
    stream::iter(components(technologies))
        .map(move |component| Box::pin(follow(salt, limits, api, place, component)))
        .flatten_unordered(limits.lists_in_flight)
}

/// Technologies that are read together because they share list calls.
struct Component<'a> {
    technologies: Vec<&'a Technology>,
    calls: Vec<SharedCall<'a>>,
}

/// A list call, and which technologies (by position in the component) use it how.
struct SharedCall<'a> {
    service: &'a str,
    call: &'a ListCall,
    uses: Vec<(usize, &'a ListCall)>,
}

fn components<'a>(technologies: &[&'a Technology]) -> Vec<Component<'a>> {
    let mut components: Vec<Component<'a>> = Vec::new();
    for &technology in technologies {
        let shares = |component: &Component<'_>| {
            technology.file.lists.iter().any(|call| {
                let service = call.service.as_deref().unwrap_or(technology.service());
                component.calls.iter().any(|known| is_same(known, service, call))
            })
        };
        let position = components.iter().position(shares).unwrap_or_else(|| {
            components.push(Component {
                technologies: Vec::new(),
                calls: Vec::new(),
            });
            components.len() - 1
        });
        let component = &mut components[position];
        component.technologies.push(technology);
        let user = component.technologies.len() - 1;
        for call in &technology.file.lists {
            let service = call.service.as_deref().unwrap_or(technology.service());
            match component.calls.iter_mut().find(|known| is_same(known, service, call)) {
                Some(known) => known.uses.push((user, call)),
                None => component.calls.push(SharedCall {
                    service,
                    call,
                    uses: vec![(user, call)],
                }),
            }
        }
    }
    components
}

fn is_same(known: &SharedCall<'_>, service: &str, call: &ListCall) -> bool {
    known.service == service && known.call.operation == call.operation && known.call.params == call.params
}

/// The items of one component. The channel holds one item: reading goes no faster than recording.
fn follow<'a>(
    salt: &'a Salt,
    limits: Limits,
    api: &'a dyn Api,
    place: &'a ScanPlace,
    component: Component<'a>,
) -> impl Stream<Item = ScanItem> + Send + 'a {
    let (sender, receiver) = mpsc::channel(0);
    let driver = async move {
        let region = if place.region.is_global() {
            call_region(&place.partition)
        } else {
            place.region.to_string()
        };
        let context = Context {
            api,
            account: place.account.as_str(),
            partition: &place.partition,
            region: &region,
            regions: &place.regions,
            salt,
            limits,
        };
        read(&context, component, sender).await;
    };
    stream::select(receiver, driver.into_stream().filter_map(|()| ready(None)))
}

/// What a technology's scan has come to.
struct Progress<'a> {
    technology: &'a Technology,
    joined: Vec<Joined<'a>>,
    sender: mpsc::Sender<ScanItem>,
    tally: Tally,
    resources: usize,
    is_complete: bool,
}

impl Progress<'_> {
    async fn send(&mut self, item: ScanItem) {
        // Fails only when the scan was dropped, and then this future is dropped with it.
        let _ = self.sender.send(item).await;
    }

    async fn gap(&mut self, gap: CoverageGap) {
        if gap.hides_resources() {
            self.is_complete = false;
        }
        let technology = self.technology.id().clone();
        self.send(ScanItem::Gap { technology, gap }).await;
    }
}

async fn read(context: &Context<'_>, component: Component<'_>, sender: mpsc::Sender<ScanItem>) {
    let mut progress = Vec::with_capacity(component.technologies.len());
    for &technology in &component.technologies {
        let mut tally = Tally::default();
        let mut gaps = Vec::new();
        let joined = joins(context, technology, &mut tally, &mut gaps).await;
        let mut state = Progress {
            technology,
            joined,
            sender: sender.clone(),
            tally,
            resources: 0,
            is_complete: true,
        };
        for gap in gaps {
            state.gap(gap).await;
        }
        if technology.file.lists.is_empty() {
            resources(context, &mut state, "", vec![Value::Object(Map::new())]).await;
        }
        progress.push(state);
    }
    for shared in component.calls {
        list(context, &shared, &mut progress).await;
    }
    for mut state in progress {
        let end = ScanItem::End {
            technology: state.technology.id().clone(),
            complete: state.is_complete,
            resources: state.resources,
            calls: state.tally.calls,
            unknown_members: std::mem::take(&mut state.tally.unknown).into_iter().collect(),
        };
        state.send(end).await;
    }
}

/// Follows one list call to its end or its first error.
async fn list(context: &Context<'_>, shared: &SharedCall<'_>, progress: &mut [Progress<'_>]) {
    let operation = shared.call.operation.as_str();
    let place = Value::Null;
    let filled = params(&shared.call.params, &context.values(&place, None)).unwrap_or_default();
    let call = Call::new(shared.service, operation).with(filled);
    let mut pages = pin!(pages(context.api, context.region, call));
    while let Some(page) = pages.next().await {
        match page {
            Ok(mut page) => {
                // Before any use takes its elements out.
                let mut holds_list = Vec::with_capacity(shared.uses.len());
                for (user, call) in &shared.uses {
                    let is_list = expect_list(context.region, shared.service, operation, &call.items, &page.value);
                    let is_list = if call.leaves_out_empty { Ok(()) } else { is_list };
                    holds_list.push(is_list.is_ok());
                    if let Err(error) = is_list {
                        progress[*user].gap(gap::of(&error, None, None)).await;
                    }
                }
                for (position, (user, call)) in shared.uses.iter().enumerate() {
                    let state = &mut progress[*user];
                    state.tally.page(shared.service, operation, &page.unknown);
                    let (items, parent) = (&call.items, call.parent.as_deref());
                    if !holds_list[position] {
                        continue;
                    }
                    // Elements are moved out of the page. What a later use needs too is left there: this use takes from a copy.
                    let is_needed_later = shared.uses[position + 1..]
                        .iter()
                        .any(|(_, later)| do_overlap((items, parent), (&later.items, later.parent.as_deref())));
                    let mut found = if is_needed_later {
                        elements(&mut page.value.clone(), items, parent)
                    } else {
                        elements(&mut page.value, items, parent)
                    };
                    if let Some(member) = &call.element {
                        for element in &mut found {
                            let value = element.take();
                            *element = serde_json::json!({ member: value });
                        }
                    }
                    found.retain(|element| {
                        let values = context.values(element, None);
                        call.home.as_ref().is_none_or(|home| context.is_home(home, element))
                            && call.conditions.iter().all(|condition| condition.holds(&values))
                    });
                    resources(context, state, &format!("{}:{operation}", shared.service), found).await;
                }
            }
            Err(error) => {
                for (user, call) in &shared.uses {
                    let state = &mut progress[*user];
                    state.tally.calls += 1;
                    if !error.code.as_ref().is_some_and(|code| call.absent.contains(code)) {
                        state.gap(gap::of(&error, None, None)).await;
                    }
                }
            }
        }
    }
}

/// Makes resources of elements, batch by batch, and sends them.
async fn resources(context: &Context<'_>, state: &mut Progress<'_>, operation: &str, found: Vec<Value>) {
    let mut found = found.into_iter().peekable();
    while found.peek().is_some() {
        let chunk: Vec<Value> = found.by_ref().take(context.limits.batch_size.max(1)).collect();
        let mut drafts: Vec<Draft> = Vec::with_capacity(chunk.len());
        let mut positions: HashMap<ResourceId, usize> = HashMap::new();
        for element in chunk {
            let id = match identify(context, state.technology, &element) {
                Ok(id) => id,
                Err(message) => {
                    state.gap(gap::malformed(operation, message)).await;
                    continue;
                }
            };
            match positions.get(&id) {
                Some(&position) if drafts[position].document == element => {}
                Some(&position) => {
                    let message =
                        format!("the answer has two different resources with the id `{id}`; the later one counts");
                    drafts[position].document = element;
                    state.gap(gap::malformed(operation, message)).await;
                }
                None => {
                    positions.insert(id.clone(), drafts.len());
                    drafts.push(Draft::new(id, element));
                }
            }
        }
        complete(context, state, drafts).await;
    }
}

fn identify(context: &Context<'_>, technology: &Technology, element: &Value) -> Result<ResourceId, String> {
    if !element.is_object() {
        return Err("an element of the answer is not an object".to_owned());
    }
    let template = &technology.file.resource.id;
    let text = template
        .text(&context.values(element, None))
        .ok_or_else(|| format!("an element of the answer has no id (`{template}`)"))?;
    ResourceId::parse(&text).map_err(|error| error.to_string())
}

/// Reads what else belongs to the resources and sends them as one batch, then their gaps.
async fn complete(context: &Context<'_>, state: &mut Progress<'_>, mut drafts: Vec<Draft>) {
    let technology = state.technology;
    for joined in &state.joined {
        for draft in &mut drafts {
            joined.apply(context, draft);
        }
    }
    for call in &technology.file.batches {
        batch(context, technology, call, &mut drafts, &mut state.tally).await;
    }
    let mut finished = Vec::with_capacity(drafts.len());
    let (mut gaps, mut gone) = (Vec::new(), Vec::new());
    let mut reading = pin!(
        stream::iter(drafts)
            .map(|draft| details(context, technology, draft))
            .buffered(context.limits.details_in_flight.max(1))
    );
    while let Some(draft) = reading.next().await {
        let done: Finished = finish(context, technology, draft);
        state.tally.add(done.tally);
        gaps.extend(done.gaps);
        gone.extend(done.gone);
        finished.push(done.resource);
    }
    state.resources += finished.len();
    if !finished.is_empty() {
        let item = ScanItem::Batch {
            technology: technology.id().clone(),
            resources: finished,
        };
        state.send(item).await;
    }
    for gap in gaps {
        state.gap(gap).await;
    }
    for gap in gone {
        let technology = technology.id().clone();
        state.send(ScanItem::Gone { technology, gap }).await;
    }
}
