//! `history` and `diff`: what a resource looked like, and what changed.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use security_monkey_model::document::{Difference, DifferenceKind, difference};
use security_monkey_model::{ResourceId, Timestamp};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::revision::Revision;
use security_monkey_store::{Page, ResourceRow, RevisionId, Store};
use serde_json::{Value, json};

use crate::arguments::{Diff, Format, History};
use crate::compose::{Process, Schema};
use crate::output::{Listing, errln, outln};

pub(super) async fn history(process: &Process, arguments: History) -> anyhow::Result<ExitCode> {
    let store = process.store(Schema::MustBeCurrent).await?;
    let row = find(&store, &arguments.resource).await?;
    if let Some(at) = arguments.as_of {
        return as_of(&store, row, at).await;
    }
    let page = store.history(row, &Page::first(arguments.limit)).await?;
    let rows = page
        .items
        .iter()
        .map(|revision| {
            json!({
                "revision": revision.id,
                "observed_at": revision.observed_at,
                "change": revision.change.as_str(),
                "actor": revision.actor.as_ref().map(|actor| &actor.principal),
                "digest": revision.full,
            })
        })
        .collect();
    Listing {
        columns: &[
            ("revision", "Revision"),
            ("observed_at", "Seen first"),
            ("change", "Change"),
            ("actor", "By"),
        ],
        rows,
        empty: "no revisions",
    }
    .print(arguments.format)?;
    if page.next.is_some() {
        errln!("there are older revisions; ask for more with --limit");
    }
    Ok(ExitCode::SUCCESS)
}

async fn as_of(store: &Store, row: ResourceRow, at: Timestamp) -> anyhow::Result<ExitCode> {
    let Some(revision) = store.as_of(row, at).await? else {
        let resource = store.resource(row).await?.context("the resource has no row any more")?;
        bail!(
            "it was not there at {at}, as far as we know\nhint: it was first seen at {}",
            resource.summary.first_seen
        );
    };
    let Some(document) = revision.document else {
        bail!(
            "it was not there at {at}: it was deleted, noticed at {}\nhint: security-monkey history lists what it was before",
            revision.summary.observed_at
        );
    };
    outln!("{document:#}")?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn diff(process: &Process, arguments: &Diff) -> anyhow::Result<ExitCode> {
    let store = process.store(Schema::MustBeCurrent).await?;
    let missing = |id: i64| format!("there is no revision {id}\nhint: security-monkey history RESOURCE lists them");
    let after = store
        .revision(RevisionId(arguments.revision))
        .await?
        .with_context(|| missing(arguments.revision))?;
    let before = match arguments.before {
        Some(id) => Some(store.revision(RevisionId(id)).await?.with_context(|| missing(id))?),
        None => store.revision_before(after.summary.id).await?,
    };
    let old = before
        .as_ref()
        .and_then(|revision| revision.document.clone())
        .unwrap_or(Value::Null);
    let new = after.document.clone().unwrap_or(Value::Null);
    let found = difference(&old, &new);
    match arguments.format {
        Format::Table => {
            for (sign, revision) in [('-', before.as_ref()), ('+', Some(&after))] {
                if let Some(Revision { key, summary, .. }) = revision {
                    outln!(
                        "{sign} revision {} of {key}, {} at {}",
                        summary.id,
                        summary.change.as_str(),
                        summary.observed_at
                    )?;
                }
            }
            if found.is_empty() {
                outln!("no difference")?;
            }
            for entry in &found {
                print_difference(entry)?;
            }
        }
        format => Listing {
            columns: &[
                ("path", "Path"),
                ("difference", "Difference"),
                ("before", "Before"),
                ("after", "After"),
            ],
            rows: found.iter().map(serde_json::to_value).collect::<Result<_, _>>()?,
            empty: "no difference",
        }
        .print(format)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_difference(entry: &Difference) -> anyhow::Result<()> {
    outln!(
        "{}",
        if entry.path.is_empty() {
            "(the whole document)"
        } else {
            &entry.path
        }
    )?;
    let (before, after) = match &entry.kind {
        DifferenceKind::Added { after } => (None, Some(after)),
        DifferenceKind::Removed { before } => (Some(before), None),
        DifferenceKind::Changed { before, after } => (Some(before), Some(after)),
    };
    for (sign, value) in [("-", before), ("+", after)] {
        for line in value
            .map(|value| format!("{value:#}"))
            .iter()
            .flat_map(|text| text.lines())
        {
            outln!("  {sign} {line}")?;
        }
    }
    Ok(())
}

/// A resource by our number, its ARN, its AWS identifier or its name; ambiguous is an error that lists the candidates.
async fn find(store: &Store, text: &str) -> anyhow::Result<ResourceRow> {
    let mut rows: Vec<ResourceRow> = Vec::new();
    if let Ok(number) = text.parse::<i64>()
        && store.resource(ResourceRow(number)).await?.is_some()
    {
        rows.push(ResourceRow(number));
    }
    if rows.is_empty() {
        rows = store.find_by_arn(text).await?;
    }
    if rows.is_empty() {
        let filter = ResourceFilter {
            name: Some(text.to_owned()),
            ..ResourceFilter::default()
        };
        let wanted = ResourceId::parse(text).ok();
        let found = store.resources(&filter, &Page::first(200)).await?.items;
        let exact: Vec<_> = found
            .iter()
            .filter(|each| each.name == text || Some(&each.key.id) == wanted.as_ref())
            .collect();
        let chosen = if exact.is_empty() {
            found.iter().collect()
        } else {
            exact
        };
        if chosen.len() > 1 {
            let list: Vec<_> = chosen
                .iter()
                .take(10)
                .map(|each| format!("  {} {}", each.row, each.key))
                .collect();
            bail!(
                "'{text}' fits {} resources; name one by its number:\n{}",
                chosen.len(),
                list.join("\n")
            );
        }
        rows = chosen.iter().map(|each| each.row).collect();
    }
    match rows.as_slice() {
        [row] => Ok(*row),
        [] => bail!("nothing recorded is called '{text}'\nhint: give its ARN, its AWS identifier or its name"),
        several => bail!(
            "'{text}' is recorded {} times (for several accounts or technologies); name one by its number: {}",
            several.len(),
            several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}
