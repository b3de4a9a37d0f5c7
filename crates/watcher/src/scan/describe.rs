//! What a document says of its resource: name, ARN, home, tags, references.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::document::{Document, Path};
use security_monkey_model::resource::LONGEST_LABEL_CHARS;
use security_monkey_model::{Link, ObservedResource, Region};
use serde_json::Value;

use super::ScanPlace;
use crate::regions::call_region;
use crate::technology::Technology;
use crate::technology::template::{Source, Template, Values};

impl Technology {
    /// Works out name, ARN, home region, tags and references of a resource again, after its document was changed: unread paths may
    /// have been given their last known values.
    pub fn describe(&self, place: &ScanPlace, resource: &mut ObservedResource) {
        let region = if place.region.is_global() {
            call_region(&place.partition)
        } else {
            place.region.to_string()
        };
        describe(self, place.account.as_str(), &region, &place.partition, resource);
    }

    /// Whether tags of a resource are among the paths that could not be read of it.
    pub fn hides_tags(&self, unread: &[String]) -> bool {
        let Some(tags) = &self.file.resource.tags else {
            return false;
        };
        unread.iter().any(|unread| is_same_member(unread, tags))
    }
}

/// Whether both paths begin with the same member.
fn is_same_member(unread: &str, path: &Path) -> bool {
    unread == "*" || Path::parse(unread).map_or(true, |unread| unread.segments().first() == path.segments().first())
}

/// Fills in what the document says.
pub(super) fn describe(
    technology: &Technology,
    account: &str,
    region: &str,
    partition: &str,
    resource: &mut ObservedResource,
) {
    let fields = &technology.file.resource;
    let values = Values {
        account,
        region,
        partition,
        document: &resource.document,
        each: None,
    };
    let fill = |template: &Option<Template>| template.as_ref()?.text(&values);
    let tags = tags(&resource.document, fields.tags.as_ref());
    let name = fill(&fields.name).or_else(|| tags.get("Name").cloned());
    let name = name.filter(|name| !name.is_empty());
    let arn = fill(&fields.arn);
    let home_region = home_region(technology, &values, &resource.unread);
    let links = links(technology, &values);
    resource.name = shortened(name.unwrap_or_else(|| resource.id.to_string()));
    resource.arn = arn;
    resource.home_region = home_region;
    resource.tags = tags
        .into_iter()
        .map(|(key, value)| (shortened(key), shortened(value)))
        .collect();
    resource.links = links;
}

/// At most [`LONGEST_LABEL_CHARS`] of a text, with an ellipsis in place of the rest.
fn shortened(mut text: String) -> String {
    if text.chars().nth(LONGEST_LABEL_CHARS).is_some()
        && let Some((end, _)) = text.char_indices().nth(LONGEST_LABEL_CHARS - 1)
    {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Where the resource lives, if its technology says how to know and what that needs is known.
pub(super) fn home_region<'a>(
    technology: &Technology,
    values: &Values<'_>,
    unread: impl IntoIterator<Item = &'a String>,
) -> Option<Region> {
    let template = technology.file.resource.region.as_ref()?;
    let unread: Vec<&String> = unread.into_iter().collect();
    // The first alternative that has a value counts; one that could not be read may have had it.
    for source in template.sources() {
        let Source::Document(path) = source else { break };
        if !path.select(values.document).is_empty() {
            break;
        }
        if unread.iter().any(|unread| is_same_member(unread, path)) {
            return None;
        }
    }
    Region::parse(&template.text(values)?).ok()
}

/// Tags in any of AWS's forms: a list of `{Key, Value}` (`{TagKey, TagValue}`, `{key, value}`), or a map.
fn tags(document: &Document, path: Option<&Path>) -> BTreeMap<String, String> {
    let Some(found) = path.and_then(|path| path.select(document).into_iter().next()) else {
        return BTreeMap::new();
    };
    let member = |element: &Value, names: [&str; 3]| {
        names
            .iter()
            .find_map(|name| element.get(*name).and_then(Value::as_str).map(str::to_owned))
    };
    match found {
        Value::Array(elements) => elements
            .iter()
            .filter_map(|element| {
                let key = member(element, ["Key", "TagKey", "key"])?;
                Some((key, member(element, ["Value", "TagValue", "value"]).unwrap_or_default()))
            })
            .collect(),
        Value::Object(members) => members
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// Every reference, sorted, each once.
fn links(technology: &Technology, values: &Values<'_>) -> Vec<Link> {
    let mut found = BTreeSet::new();
    for link in &technology.file.links {
        for value in link.by.select(values.document) {
            let id = match &link.written_as {
                Some(template) => template.text(&Values {
                    each: Some(value),
                    ..*values
                }),
                None => value.as_str().map(str::to_owned),
            };
            if let Some(id) = id.filter(|id| !id.is_empty()) {
                found.insert(Link {
                    to: link.to.clone(),
                    id,
                });
            }
        }
    }
    found.into_iter().collect()
}
